import Persistence
import Testing

@testable import Commands

/// PROTOCOL.md, accounts, tokens, mail.
@Suite("Mails")
struct MailTextsTests {
    static let texts = MailTexts(serverName: "chat.example.org", webURL: "https://chat.example.org")
    /// The longest that a name can be.
    static let username = String(repeating: "n", count: 32)

    static func token() throws -> SignedToken { try TokenTests.signer(1).mint(.signup, from: SystemRandom()) }

    static func message(subject: String = "s", body: String = "b\n", date: Int64 = 0) throws -> MailMessage {
        MailMessage(
            from: try #require(EmailAddress("chat@chat.example.org")), to: try #require(EmailAddress("b@example.org")),
            subject: subject, body: body, date: Timestamp(milliseconds: date), identifier: "7.1")
    }

    static func lines(_ message: MailMessage) throws -> [String] {
        let text = String(decoding: try message.rendered(), as: UTF8.self)
        #expect(text.hasSuffix("\r\n"))
        return text.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
    }

    @Test func everyMailIsPlainASCIIInLinesThatEveryReaderShows() throws {
        let token = try Self.token()
        for text in [
            Self.texts.signup(username: Self.username, token: token),
            Self.texts.addressChange(username: Self.username, token: token),
            Self.texts.addressChanged(username: Self.username), Self.texts.addressInUse(username: Self.username),
            Self.texts.reset(username: Self.username, token: token),
        ] {
            for line in try Self.lines(Self.message(subject: text.subject, body: text.body)) {
                // A token or a link must not be broken (RFC 5322, section 2.1.1: 998 is the bound, 78 the wish).
                #expect(line.utf8.count <= (line.contains(token.text) ? 998 : 78), "\(line)")
                #expect(line.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, "\(line)")
            }
        }
    }

    @Test func aResetMailHasItsLine() throws {
        let token = try Self.token()
        let lines = try Self.lines(Self.message(body: Self.texts.reset(username: "bob", token: token).body))
        #expect(lines.contains("RESET bob \(token.text) <new password>") && lines.contains { $0.contains("1 hour") })
        #expect(!lines.contains { $0.hasPrefix("VERIFY") || $0.contains("/verify/") })
    }

    @Test func aMailThatAddressesHaveAnAccountHoldsNoToken() throws {
        let body = Self.texts.addressInUse(username: "bob").body
        #expect(body.contains("\nRESET bob\n") && !body.contains("VERIFY") && !body.contains("/verify/"))
        #expect(!Self.texts.addressChanged(username: "bob").body.contains("@"), "the new address is not told")
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (951_782_399_999, "Mon, 28 Feb 2000 23:59:59 +0000"),
        (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 +0000"), (1_796_144_534_667, "Tue, 01 Dec 2026 17:02:14 +0000"),
        (4_107_542_400_000, "Mon, 01 Mar 2100 00:00:00 +0000"), (-1, "Thu, 01 Jan 1970 00:00:00 +0000"),
        (Int64.max, "Fri, 31 Dec 9999 23:59:59 +0000"), (Int64.min, "Thu, 01 Jan 1970 00:00:00 +0000"),
    ])
    func datesAreThoseOfRFC5322(_ milliseconds: Int64, _ text: String) throws {
        #expect(try Self.lines(Self.message(date: milliseconds)).contains("Date: \(text)"))
    }

    @Test func aLongHeaderIsFoldedAtItsSpaces() throws {
        let words = Array(repeating: "word", count: 60).joined(separator: " ")
        let lines = try Self.lines(Self.message(subject: words))
        let first = try #require(lines.firstIndex { $0.hasPrefix("Subject: ") })
        let folded = lines[first...].prefix { $0.hasPrefix("Subject: ") || $0.hasPrefix(" ") }
        #expect(folded.count > 1 && folded.allSatisfy { $0.utf8.count <= 78 })
        #expect(folded.joined() == "Subject: \(words)", "unfolding gives it back (section 2.2.3)")
        let endless = try Self.message(subject: String(repeating: "x", count: 1_000))
        #expect(throws: MailMessage.Failure.headerTooLong(header: "Subject")) { try endless.rendered() }
    }

    @Test(arguments: ["a\rb", "a\0b", "\u{1B}[2J", "ä", "a\u{7F}"])
    func aBodyThatIsNotPlainIsRefusedByLine(_ line: String) throws {
        let message = try Self.message(body: "fine\n\(line)\n")
        #expect(throws: MailMessage.Failure.unprintableBody(line: 2)) { try message.rendered() }
    }

    @Test func aBodyLineHasAtMost998Bytes() throws {
        _ = try Self.message(body: String(repeating: "x", count: 998)).rendered()
        let message = try Self.message(body: String(repeating: "x", count: 999))
        #expect(throws: MailMessage.Failure.bodyLineTooLong(line: 1)) { try message.rendered() }
    }

    @Test func noSecretAndNoAddressIsPrintedByMistake() throws {
        let address = try #require(EmailAddress("someone@example.org"))
        let signer = try TokenTests.signer(1)
        for text in ["\(address)", String(reflecting: address), "\(signer)", "\([address])", "\([1: address])"] {
            #expect(!text.contains("someone") && !text.contains("1, 1, 1"))
        }
    }
}
