import Commands
import Logging
import Persistence
import ServiceLifecycle

/// Takes mails from the queue in the store to the transport, tries again those that did not leave, marks those that were
/// refused for good, and gives back those that a stop interrupts.
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
        let places = MailPlaces(Self.workers)
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                while case let free = await places.wait(), free > 0 {
                    let due = await claim(free)
                    for mail in due {
                        places.take()
                        group.addTask {
                            await send(mail)
                            places.giveBack()
                        }
                    }
                    if due.count < free { try? await Task.sleep(for: Self.pause) }
                }
            }
        }
    }

    /// - Returns: Mails that are due, and ours for a while.
    private func claim(_ limit: Int) async -> [QueuedMail] {
        guard let isDue = try? await store.read({ try !$0.dueMails(limit: 1).isEmpty }), isDue else { return [] }
        // Another daemon of the database may look at the same moment; one that dies with a mail in hand gives it back.
        let end = clock.now().advanced(byMilliseconds: Self.claimTime)
        return (try? await store.write(origin: nil) { try $0.claimMails(limit: limit, until: end) }) ?? []
    }

    private func send(_ mail: QueuedMail) async {
        do {
            guard let recipient = EmailAddress(mail.to) else {
                throw MailFailure.permanent(code: "address", "not an address")
            }
            // The number alone would tell an outsider how many mails there are; the time makes it unique for ever.
            let identifier = "\(mail.created.milliseconds)-\(mail.id)"
            try await transport.send(
                OutgoingMail(
                    from: sender, to: recipient, subject: mail.subject, body: mail.body, date: mail.created,
                    identifier: identifier))
            try await store.write(origin: nil) { try $0.mailSent(mail.id) }
            measures.countSent()
        } catch let failure as MailFailure {
            await failed(mail, failure)
        } catch is MailMessage.Failure {
            await failed(mail, .permanent(code: "text", "it cannot be written as a mail"))
        } catch is CancellationError {
            try? await store.write(origin: nil) { try $0.mailGivenBack(mail.id) }
        } catch {
            // The store is away: the mail is due again when its claim is over.
        }
    }

    private func failed(_ mail: QueuedMail, _ failure: MailFailure) async {
        switch failure {
        case .temporary(let reason):
            measures.countRetried()
            logger.warning("a mail did not leave and is tried again", metadata: .keyed([.reason: "\(reason)"]))
            let minutes = Self.retries[min(mail.tries, Self.retries.count - 1)]
            let next = clock.now().advanced(byMilliseconds: minutes * 60_000)
            try? await store.write(origin: nil) { try $0.mailFailed(mail.id, retryAt: next) }
        case .permanent(let code, let reason):
            measures.countFailed()
            logger.warning("a mail cannot be sent", metadata: .keyed([.reason: "\(reason)"]))
            try? await store.write(origin: nil) { try $0.mailRefused(mail.id, code: code) }
        }
    }
}
