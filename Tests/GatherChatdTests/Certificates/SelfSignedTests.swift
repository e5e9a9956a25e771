import Commands
import Foundation
import NIOSSL
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
        #expect(first.fingerprint == second.fingerprint && first.fingerprint.split(separator: ":").count == 32)
        _ = try CertificateBox.load(certificate: first.certificate, key: first.key)
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
        #expect(pair.fingerprint.replacingOccurrences(of: ":", with: "").lowercased() == digest)
    }

    @Test(arguments: ["a.test,DNS:b.test", "a.test\nDNS:b.test", "", "a b.test", "[::1]"])
    func aNameThatWouldBeMoreThanOneIsRefused(_ name: String) {
        #expect(throws: StartFailure.self) { try SelfSigned.ensure(folder: Self.folder(), serverName: name) }
    }

    @Test func aLostHalfIsMadeAnewWithItsOther() throws {
        let folder = try Self.folder()
        let first = try SelfSigned.ensure(folder: folder, serverName: "chat.test")
        try FileManager.default.removeItem(atPath: first.key)
        let second = try SelfSigned.ensure(folder: folder, serverName: "chat.test")
        #expect(first.fingerprint != second.fingerprint)
        _ = try CertificateBox.load(certificate: second.certificate, key: second.key)
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
        do {
            _ = try CertificateBox.load(certificate: one.certificate, key: other.key)
            Issue.record("taken")
        } catch {
            #expect("\(error)".contains("not the key of"))
        }
        #expect(throws: StartFailure.self) { try CertificateBox.load(certificate: one.key, key: one.key) }
        #expect(throws: StartFailure.self) {
            try CertificateBox.load(certificate: one.certificate, key: one.certificate)
        }
    }
}
