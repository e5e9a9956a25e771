import Persistence
import Testing

@testable import GatherChatd

@Suite("--mail")
struct MailURLTests {
    @Test func theParts() throws {
        let plain = try MailURL("smtp://mail.example.org")
        #expect(plain.security == .startTLS && plain.host == "mail.example.org" && plain.port == 587)
        #expect(plain.credentials == nil && plain.authority == nil)
        let wrapped = try MailURL("smtps://mail.example.org/?ca=/etc/our%20authority.pem")
        #expect(wrapped.security == .wrapped && wrapped.port == 465 && wrapped.authority == "/etc/our authority.pem")
        let full = try MailURL("smtp://me%40example.org:p%C3%A4ss%3A%2F@[2001:db8::1]:2525")
        #expect(full.host == "[2001:db8::1]" && full.port == 2525)
        #expect(full.credentials == Transfer.Credentials(user: "me@example.org", secret: "päss:/"))
        #expect(!"\(full) \(String(reflecting: full))".contains("päss"))
    }

    @Test(arguments: ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"]) func withoutTLSOnThisMachine(host: String) throws
    {
        #expect(try MailURL("smtp://user:password@\(host):25?tls=none").security == .none)
    }

    @Test(arguments: [
        "smtp:", "smtp://", "smtp:///", "http://geheim", "geheim", "smtp://mail.example.org/inbox", "smtp://h#geheim",
        "smtp://user:geheim@", "smtp://user@mail.example.org", "smtp://:geheim@mail.example.org",
        "smtp://user:@mail.example.org", "smtp://user:ge%heim@h", "smtp://user:geheim%FF@h",
        "smtp://user:geheim%0D%0Ax@h",
        "smtp://user%00:geheim@h", "smtp://user:ge heim@h", "smtp://user:1?geheim@h", "smtp://user:geheim/x@h",
        "smtp://user:geheim@h:0", "smtp://user:geheim@h:65536", "smtp://h?tls=geheim", "smtp://h?tls=none",
        "smtp://192.0.2.1?tls=none", "smtp://127.example.org?tls=none", "smtp://localhost.example.org?tls=none",
        "smtp://127.0.0.1?tls=none&ca=x", "smtps://127.0.0.1?tls=none", "smtp://h?geheim=1", "smtp://h?ca=",
        "smtp://h?ca",
        "smtp://h?ca=a&ca=b", "smtp://h%0d%0a?ca=a", "smtp://h_\u{e9}", "SMTP//geheim",
    ]) func whatCannotBeMeantIsOneLineThatRepeatsNothing(text: String) {
        #expect {
            try MailURL(text)
        } throws: { error in
            guard case StartFailure.configuration(let words) = error else { return false }
            return words.hasPrefix("--mail: ") && !words.contains("geheim") && !words.contains("\n")
        }
    }

    @Test(arguments: [nil, "outbox:/tmp/x"]) func orAFolder(url: String?) throws {
        var settings = Settings()
        settings.mail = url
        guard case .outbox(let folder) = try MailChoice(settings) else {
            Issue.record("no folder")
            return
        }
        #expect(folder == (url == nil ? "./data/outbox" : "/tmp/x"))
    }
}
