import Synchronization

/// What became of mails since the start; may be used from any thread.
final class MailMeasures: Sendable {
    private let counts = Mutex((sent: 0, retried: 0, failed: 0))

    var sent: Int { counts.withLock { $0.sent } }
    var retried: Int { counts.withLock { $0.retried } }
    var failed: Int { counts.withLock { $0.failed } }

    func countSent() { counts.withLock { $0.sent += 1 } }
    func countRetried() { counts.withLock { $0.retried += 1 } }
    func countFailed() { counts.withLock { $0.failed += 1 } }
}
