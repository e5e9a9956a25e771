import Commands
import Logging
import Persistence
import ServiceLifecycle

/// Takes mails from the queue in the store to the transport, tries again those that did not leave, and gives up
/// those whose token is dead.
struct MailService: Service {
    let store: any Store
    let transport: any MailTransport
    let sender: EmailAddress
    let clock: any WallClock
    let measures: MailMeasures
    let logger: Logger

    /// How long the queue may rest unlooked at: what a person waits for a mail at the most.
    static let pause = Duration.milliseconds(200)
    /// How long a mail that is being sent is nobody else's: longer than any try takes.
    static let claimTime: Int64 = 120_000
    /// Mails at once.
    static let workers = 4
    /// Minutes until the next try, by the tries so far; then the last again, until the mail expires.
    static let retries: [Int64] = [1, 5, 15, 60]

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let sent = await sendDue()
                if sent < Self.workers { try? await Task.sleep(for: Self.pause) }
            }
        }
    }

    /// - Returns: How many mails were due.
    private func sendDue() async -> Int {
        guard let isDue = try? await store.read({ try !$0.dueMails(limit: 1).isEmpty }), isDue else { return 0 }
        // Another daemon of the database may look at the same moment; one that dies with a mail in hand gives it back.
        let end = clock.now().advanced(byMilliseconds: Self.claimTime)
        guard let due = try? await store.write(origin: nil, { try $0.claimMails(limit: Self.workers, until: end) })
        else { return 0 }
        await withDiscardingTaskGroup { group in
            for mail in due {
                group.addTask { await send(mail) }
            }
        }
        return due.count
    }

    private func send(_ mail: QueuedMail) async {
        do {
            guard let recipient = EmailAddress(mail.to) else { throw MailFailure.permanent("not an address") }
            // The number alone would tell an outsider how many mails there are; the time makes it unique for ever.
            let identifier = "\(mail.created.milliseconds)-\(mail.id)"
            let message = MailMessage(
                from: sender, to: recipient, subject: mail.subject, body: mail.body, date: mail.created,
                identifier: identifier)
            try await transport.send(try message.rendered(), identifier: identifier)
            try await store.write(origin: nil) { try $0.mailSent(mail.id) }
            measures.countSent()
        } catch let failure as MailFailure {
            await failed(mail, failure)
        } catch is MailMessage.Failure {
            await failed(mail, .permanent("it cannot be written as a mail"))
        } catch {
            // The store is away: the mail is still due when it is back.
        }
    }

    private func failed(_ mail: QueuedMail, _ failure: MailFailure) async {
        var retryAt: Timestamp?
        switch failure {
        case .temporary(let reason):
            let minutes = Self.retries[min(mail.tries, Self.retries.count - 1)]
            retryAt = clock.now().advanced(byMilliseconds: minutes * 60_000)
            measures.countRetried()
            logger.warning("a mail did not leave and is tried again", metadata: .keyed([.reason: "\(reason)"]))
        case .permanent(let reason):
            measures.countFailed()
            logger.warning("a mail cannot be sent", metadata: .keyed([.reason: "\(reason)"]))
        }
        let next = retryAt
        try? await store.write(origin: nil) { try $0.mailFailed(mail.id, retryAt: next) }
    }
}
