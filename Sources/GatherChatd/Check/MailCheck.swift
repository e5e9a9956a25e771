import Commands
import Persistence

/// Sends a mail, as the server would send a person's first one.
struct MailCheck {
    let sender: EmailAddress
    let recipient: EmailAddress
    let serverName: String

    func run(_ transport: any MailTransport) async throws -> CheckFinding {
        let now = SystemClock().now()
        let mail = try OutgoingMail(
            from: sender, to: recipient, subject: "A test mail of QuickGather chat on \(serverName)",
            body: """
                This is what somebody who runs \(serverName) wanted to see: mails of QuickGather chat arrive.

                There is nothing to do.

                """, date: now, identifier: "\(now.milliseconds)-check")
        do {
            try await transport.send(mail)
            return .good("mail: one is on its way to \(recipient.shown)")
        } catch let failure as MailFailure {
            switch failure {
            case .temporary(let words), .permanent(_, let words): return .bad("mail: \(words)")
            }
        }
    }
}
