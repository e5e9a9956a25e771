import Commands
import Foundation
import NIOSSL
import Persistence
import Testing

@testable import GatherChatd

@Suite("The certificate of the first start")
struct SelfSignedTests {
    static func folder() throws -> String {
        let path = NSTemporaryDirectory() + "gather-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test func itIsMadeOnceAndFitsItsKey() throws {
        let folder = try Self.folder()
        let first = try SelfSigned.ensure(folder: folder, serverName: "chat.test")
        let second = try SelfSigned.ensure(folder: folder, serverName: "chat.test")
        let loaded = try first.load()
        #expect(loaded.fingerprint == (try second.load().fingerprint))
        #expect(loaded.fingerprint.split(separator: ":").count == 32)
        let mode = try FileManager.default.attributesOfItem(atPath: first.key)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    @Test func itIsForTheServersNameAndTheMachineItself() throws {
        let pair = try SelfSigned.ensure(folder: Self.folder(), serverName: "chat.test")
        let certificate = try #require(try NIOSSLCertificate.fromPEMFile(pair.certificate).first)
        let names = certificate._subjectAlternativeNames().map { Array($0.contents) }
        #expect(
            names == [
                Array("chat.test".utf8), Array("localhost".utf8), [127, 0, 0, 1], Array(repeating: 0, count: 15) + [1],
            ])
        let now = time(nil)
        #expect(certificate.notValidBefore < now && certificate.notValidAfter > now + 3_640 * 86_400)
        let digest = SHA256Digest.hex(SHA256Digest.of(try certificate.toDERBytes()))
        #expect((try pair.load().fingerprint).replacingOccurrences(of: ":", with: "").lowercased() == digest)
    }

    @Test(arguments: ["a.test,DNS:b.test", "a.test\nDNS:b.test", "", "a b.test", "[::1]"])
    func aNameThatWouldBeMoreThanOneIsRefused(_ name: String) {
        #expect(throws: StartFailure.self) { try SelfSigned.ensure(folder: Self.folder(), serverName: name) }
    }

    @Test func aLostHalfIsMadeAnewWithItsOther() throws {
        let folder = try Self.folder()
        let files = try SelfSigned.ensure(folder: folder, serverName: "chat.test")
        let first = try files.load().fingerprint
        try FileManager.default.removeItem(atPath: files.key)
        #expect(try SelfSigned.ensure(folder: folder, serverName: "chat.test").load().fingerprint != first)
    }

    @Test func whatLiesInTheWayLendsTheKeyNeitherItsModeNorItsPlace() throws {
        let folder = try Self.folder()
        let other = "\(folder)/other"
        #expect(FileManager.default.createFile(atPath: other, contents: Data("mine".utf8)))
        try FileManager.default.createSymbolicLink(atPath: "\(folder)/tls-key.pem.part", withDestinationPath: other)
        #expect(
            FileManager.default.createFile(
                atPath: "\(folder)/tls-cert.pem.part", contents: Data(), attributes: [.posixPermissions: 0o666]))
        let pair = try SelfSigned.ensure(folder: folder, serverName: "chat.test")
        #expect(try String(contentsOfFile: other, encoding: .utf8) == "mine")
        let attributes = try FileManager.default.attributesOfItem(atPath: pair.key)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(attributes[.type] as? FileAttributeType == .typeRegular)
        #expect(
            try Set(FileManager.default.contentsOfDirectory(atPath: folder)) == [
                "other", "tls-cert.pem", "tls-key.pem",
            ])
    }

    @Test func aKeyOfAnotherCertificateIsRefusedByName() throws {
        let (one, other) = (
            try SelfSigned.ensure(folder: Self.folder(), serverName: "a.test"),
            try SelfSigned.ensure(folder: Self.folder(), serverName: "b.test")
        )
        let failure = #expect(throws: StartFailure.self) {
            try CertificateFiles(certificate: one.certificate, key: other.key).load()
        }
        #expect(failure?.description.contains("not the key of") == true && failure?.exitCode == 78)
        for wrong in [
            CertificateFiles(certificate: one.key, key: one.key),
            CertificateFiles(certificate: one.certificate, key: one.certificate),
        ] {
            #expect(throws: StartFailure.self) { try wrong.load() }
        }
    }

    @Test func whatIsGoodAndForHowLong() throws {
        let loaded = try SelfSigned.ensure(folder: Self.folder(), serverName: "chat.test").load()
        let (begin, end) = (loaded.notBefore, loaded.notAfter)
        #expect(loaded.validity(at: begin.advanced(byMilliseconds: -1)) == .notYet)
        #expect(loaded.validity(at: begin) == .good && loaded.validity(at: end.advanced(byMilliseconds: -1)) == .good)
        #expect(loaded.validity(at: end) == .expired)
        #expect(loaded.daysLeft(at: end.advanced(byMilliseconds: -86_400_000)) == 1)
        #expect(loaded.daysLeft(at: end.advanced(byMilliseconds: -1)) == 0)
        #expect(loaded.daysLeft(at: end.advanced(byMilliseconds: 1)) == -1)
    }
}
