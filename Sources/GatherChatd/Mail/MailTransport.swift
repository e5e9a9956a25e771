import Commands
import Persistence

/// How a mail leaves the server.
protocol MailTransport: Sendable {
    /// - Throws: `MailFailure`; `CancellationError` where the task was cancelled before the mail was taken.
    func send(_ mail: OutgoingMail) async throws

    /// Ends what is under way, as cancelling it would: the daemon has no more time. Never waits.
    func giveUp()
}

/// A mail, written and with its envelope.
struct OutgoingMail: Sendable {
    let sender: EmailAddress
    let recipient: EmailAddress
    /// By RFC 5322, lines ended by CRLF.
    let message: [UInt8]
    /// The mail's own; the same for each try.
    let identifier: String

    /// - Parameters: As those of `MailMessage`.
    /// - Throws: `MailMessage.Failure`.
    init(
        from sender: EmailAddress, to recipient: EmailAddress, subject: String, body: String, date: Timestamp,
        identifier: String
    ) throws {
        self.sender = sender
        self.recipient = recipient
        self.identifier = identifier
        message = try MailMessage(
            from: sender, to: recipient, subject: subject, body: body, date: date, identifier: identifier
        ).rendered()
    }
}

/// Why a mail did not leave. The reasons are for the log: no address, and no word of the other server, which may repeat it.
enum MailFailure: Error, Equatable {
    /// Try again later.
    case temporary(String)
    /// It never will.
    /// - Parameter code: What marks it: the reply of the server, or a word.
    case permanent(code: String, String)
}
