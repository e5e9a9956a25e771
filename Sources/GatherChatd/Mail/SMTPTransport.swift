import Commands
import Persistence

/// Hands mails to a mail server (RFC 5321), one connection a mail.
struct SMTPTransport: MailTransport {
    /// Of one try, in all.
    static let mostTime = Duration.seconds(60)

    private let url: MailURL
    private let serverName: String
    private let threads = TransferThreads("mail", threads: MailService.workers, mostWaiting: MailService.workers)

    /// - Parameter serverName: What EHLO says: letters, digits, dots and dashes.
    init(_ url: MailURL, serverName: String) {
        self.url = url
        self.serverName = serverName
    }

    func send(_ mail: OutgoingMail) async throws {
        let scheme: Transfer.Scheme = url.security == .wrapped ? .smtps : .smtp
        var transfer = Transfer(
            "\(scheme)://\(url.host):\(url.port)/\(serverName)", scheme,
            .mail(
                from: mail.sender.shown, to: mail.recipient.shown, message: mail.message,
                startsTLS: url.security == .startTLS),
            mostTime: Self.mostTime)
        transfer.credentials = url.credentials
        transfer.authority = url.authority
        do throws(TransferFailure) {
            _ = try await threads.run(transfer)
        } catch {
            try Self.judge(error)
        }
    }

    func giveUp() { threads.giveUp() }

    /// What a transfer that did not end well means for its mail.
    /// - Throws: `MailFailure`, `CancellationError`; nothing where the mail was taken all the same.
    static func judge(_ failure: TransferFailure) throws {
        // A reply to the whole message was the last word that counts, whatever happened to the connection after it.
        if failure.stage == .message, (200..<300).contains(failure.reply) { return }
        if failure.reason == .cancelled { throw CancellationError() }
        let words = "\(failure.stage.rawValue): \(said(failure))\(failure.words)"
        guard isFinal(failure) else { throw MailFailure.temporary(words) }
        throw MailFailure.permanent(code: String(failure.reply), words)
    }

    private static func said(_ failure: TransferFailure) -> String {
        failure.reason == .refused && failure.reply >= 400 ? "reply \(failure.reply), " : ""
    }

    /// That we must say who we are, and that who we are is not enough: the operator will mend it (RFC 4954, section 6).
    private static let authenticationReplies = [530, 534, 535, 538]

    /// Only what is said to this mail: before MAIL it is said to all.
    private static func isFinal(_ failure: TransferFailure) -> Bool {
        let isOfThisMail = [.sender, .recipient, .data, .message].contains(failure.stage)
        return failure.reason == .refused && isOfThisMail && (500..<600).contains(failure.reply)
            && !authenticationReplies.contains(failure.reply)
    }
}
