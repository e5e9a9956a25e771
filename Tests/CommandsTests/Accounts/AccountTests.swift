import Foundation
import Persistence
import Testing

@testable import Commands

@Suite("Passwords")
struct PasswordTests {
    /// As the server stores them, but cheap, so that the tests are not about waiting.
    let hasher = PasswordHasher(cost: ScryptCost(costExponent: 4, blockSize: 8, parallelism: 1) ?? .standard)

    @Test func theCostIsWhatTheSpecificationAsks() {
        #expect(ScryptCost.standard == ScryptCost(costExponent: 15, blockSize: 8, parallelism: 3))
    }

    @Test func aHashFitsItsPasswordAndNoOther() throws {
        let hash = try hasher.hash("a long enough password")
        #expect(try hasher.verify("a long enough password", against: hash))
        #expect(try !hasher.verify("a long enough passwore", against: hash))
        #expect(try !hasher.verify("", against: hash))
        #expect(try hasher.hash("a long enough password") != hash, "each has a salt of its own")
        #expect(!hash.contains("password"))
    }

    @Test func parametersAreStoredWithTheHashAndCanBeRaised() throws {
        let hash = try hasher.hash("a long enough password")
        #expect(!hasher.needsRehash(hash))
        let dearer = PasswordHasher(cost: try #require(ScryptCost(costExponent: 5, blockSize: 8, parallelism: 1)))
        #expect(dearer.needsRehash(hash))
        #expect(try dearer.verify("a long enough password", against: hash))
    }

    @Test func nobodyHasNoPassword() throws { #expect(try !hasher.verify("a long enough password", against: nil)) }

    @Test(arguments: ["", "$", "plain", "$scrypt$ln=99,r=8,p=1$AAAA$AAAA", "$scrypt$ln=15,r=8,p=3$$"])
    func aDamagedHashIsAnErrorAndNeverATrap(_ stored: String) {
        let isRight = try? hasher.verify("a long enough password", against: stored)
        #expect(isRight != true)
    }

    @Test(arguments: [
        ("123456789", false), ("1234567890", true), ("éééééééééé", true), (String(repeating: "x", count: 256), true),
        (String(repeating: "x", count: 257), false), ("", false),
    ])
    func aPasswordHas10CharactersTo256Bytes(_ password: String, _ isGood: Bool) {
        #expect(((try? PasswordRule.check(password)) != nil) == isGood)
    }
}

@Suite("Tokens")
struct TokenTests {
    static func signer(_ byte: UInt8) throws -> SignedToken.Signer {
        try #require(SignedToken.Signer(key: Array(repeating: byte, count: SignedToken.Signer.keyLength)))
    }

    @Test func aTokenIsGoodForItsPurposeAndItsKeyOnly() throws {
        let signer = try Self.signer(1)
        for purpose in SignedToken.Purpose.allCases {
            let token = try signer.mint(purpose, from: SystemRandom())
            #expect(token.text.utf8.count == 40)
            for other in SignedToken.Purpose.allCases {
                #expect((signer.verify(token.text, for: other) != nil) == (other == purpose))
            }
            #expect(try Self.signer(2).verify(token.text, for: purpose) == nil)
        }
    }

    @Test func everyChangedCharacterIsNoticed() throws {
        let signer = try Self.signer(1)
        let token = try signer.mint(.access, from: SystemRandom())
        for index in token.text.indices {
            var text = token.text
            text.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
            #expect(signer.verify(text, for: .access) == nil)
        }
        for wrong in [
            "", "x", token.text + "A", String(token.text.dropLast()), String(repeating: "A", count: 40),
            String(repeating: "é", count: 20),
        ] {
            #expect(signer.verify(wrong, for: .access) == nil)
        }
    }

    @Test func theStoreKeepsADigestAndPrintingShowsNothing() throws {
        let token = try Self.signer(1).mint(.access, from: SystemRandom())
        #expect(token.storedHash.count == 32 && token.storedHash != Array(token.text.utf8))
        #expect(!"\(token)".contains(token.text) && !String(reflecting: token).contains(token.text))
    }

    @Test func twoTokensAreNeverTheSame() throws {
        let signer = try Self.signer(1)
        let texts = try (0..<1_000).map { _ in try signer.mint(.refresh, from: SystemRandom()).text }
        #expect(Set(texts).count == 1_000)
    }

    @Test func aDigestIsThatOfTheStandard() {
        // FIPS 180-4, the example "abc".
        #expect(
            SHA256Digest.hex(SHA256Digest.of(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}

@Suite("Codes, addresses, mails")
struct MailTests {
    @Test func inviteCodesAreReadInAnyCaseWithOrWithoutDashes() throws {
        let code = try InviteCodeText.make(from: SystemRandom())
        #expect(code.text.count == 14 && code.text.split(separator: "-").map(\.count) == [4, 4, 4])
        for typed in [code.text, code.text.uppercased(), code.text.filter { $0 != "-" }] {
            #expect(InviteCodeText(typed) == code)
        }
        for wrong in ["", "k7m2-p9qd", "k7m2-p9qd-x3vt-aaaa", "k7m2 p9qd x3vt", "käm2-p9qd-x3vt"] {
            #expect(InviteCodeText(wrong) == nil)
        }
    }

    @Test(arguments: [
        "a@example.org", "A.b+c@Example.ORG", "x_y-z@mail.example.co.uk", "me+bot@example.org", "o'neil@example.org",
    ])
    func mailAddresses(_ text: String) throws {
        let address = try #require(EmailAddress(text))
        #expect(address.shown == text && address.folded == text.lowercased())
    }

    @Test(arguments: [
        "", "a", "@example.org", "a@", "a@b@example.org", "a b@example.org", "a@exam ple.org", ".a@example.org",
        "a.@example.org", "a..b@example.org", "a@-example.org",
        "a@example..org", "<a@example.org>", "a@example.org>", "\"a\"@example.org",
        "a@example.org\r\nRCPT TO:<b@example.org>", "a@example.org\n", "ä@example.org", "a@exämple.org",
        "a@example.org\0", "a,b@example.org", String(repeating: "a", count: 65) + "@example.org",
        "a@" + String(repeating: "b", count: 300) + ".org",
    ])
    func whatIsNoMailAddress(_ text: String) { #expect(EmailAddress(text) == nil) }

    @Test func aMailHasItsHeadersItsLineAndItsLink() throws {
        let token = try TokenTests.signer(1).mint(.signup, from: SystemRandom())
        let text = MailTexts(serverName: "chat.test", webURL: "https://chat.test").signup(username: "bob", token: token)
        let message = MailMessage(
            from: try #require(EmailAddress("chat@chat.test")), to: try #require(EmailAddress("bob@example.org")),
            subject: text.subject, body: text.body,
            date: Timestamp(milliseconds: 1_764_608_534_667), identifier: "1-2")
        let rendered = String(decoding: try message.rendered(), as: UTF8.self)
        let lines = rendered.components(separatedBy: "\r\n")
        #expect(lines.contains("VERIFY \(token.text)") && lines.contains("https://chat.test/verify/\(token.text)"))
        let verify = try #require(lines.firstIndex(of: "VERIFY \(token.text)"))
        #expect(lines[verify + 1] == "https://chat.test/verify/\(token.text)")
        for header in [
            "From: ", "To: <bob@example.org>", "Date: Mon, 01 Dec 2025 17:02:14 +0000", "Message-ID: <1-2@chat.test>",
            "Auto-Submitted: auto-generated",
        ] {
            #expect(lines.contains { $0.hasPrefix(header) }, "\(header)")
        }
        #expect(
            rendered.utf8.allSatisfy { $0 < 0x80 }
                && !rendered.replacingOccurrences(of: "\r\n", with: "").contains("\n"))
    }

    @Test(arguments: ["a\r\nBcc: x@example.org", "a\nb", "a\0b", "ä"])
    func aHeaderNeverTakesAControlByte(_ subject: String) throws {
        let address = try #require(EmailAddress("a@example.org"))
        let message = MailMessage(
            from: address, to: address, subject: subject, body: "x\n", date: Timestamp(milliseconds: 0), identifier: "1"
        )
        #expect(throws: MailMessage.Failure.self) { try message.rendered() }
    }
}
