import Commands
import LineProtocol
import NIOPosix
import Synchronization

/// Threads for work that would hold up an event loop: passwords, large overlaps. Bounded in number and in queue.
final class WorkThreads: HeavyWork {
    private let pool: NIOThreadPool
    private let waiting = Mutex(0)
    private let mostWaiting: Int

    /// - Parameters:
    ///   - threads: Jobs at once.
    ///   - mostWaiting: Jobs that run or wait; beyond it, TEMPORARILY_UNAVAILABLE.
    init(threads: Int, mostWaiting: Int) {
        self.pool = NIOThreadPool(numberOfThreads: threads)
        self.mostWaiting = mostWaiting
        pool.start()
    }

    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let isAdmitted = waiting.withLock { waiting in
            guard waiting < mostWaiting else { return false }
            waiting += 1
            return true
        }
        guard isAdmitted else { throw Failure.temporarilyUnavailable }
        defer { waiting.withLock { $0 -= 1 } }
        return try await pool.runIfActive(body)
    }
}
