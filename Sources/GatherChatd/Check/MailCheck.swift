import Commands
import Persistence

/// Sends a mail, as the server would send a person's first one.
struct MailCheck {
    let sender: EmailAddress
    let recipient: EmailAddress
    let serverName: String

    func run(_ transport: any MailTransport) async throws -> CheckFinding {
        let now = SystemClock().now()
        let identifier = "\(now.milliseconds)-check"
        let message = MailMessage(
            from: sender, to: recipient, subject: "A test mail of QuickGather chat on \(serverName)",
            body: """
                This is what somebody who runs \(serverName) wanted to see: mails of QuickGather chat arrive.

                There is nothing to do.

                """, date: now, identifier: identifier)
        do {
            try await transport.send(
                OutgoingMail(
                    sender: sender, recipient: recipient, message: try message.rendered(), identifier: identifier))
            return .good("mail: one is on its way to \(recipient.shown)")
        } catch let failure as MailFailure {
            switch failure {
            case .temporary(let words), .permanent(_, let words): return .bad("mail: \(words)")
            }
        }
    }
}
