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
