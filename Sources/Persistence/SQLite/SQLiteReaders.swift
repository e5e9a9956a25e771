import GRDB
import Synchronization

/// The connections that read, each with a thread's worth of queue of its own.
///
/// GRDB's pool would do, but it takes three hops between threads where one will do: half of what a small reading costs.
final class SQLiteReaders: Sendable {
    private struct State {
        /// What each has to do, the reading under way included.
        var waiting: [Int]
        var isClosed = false

        /// The least busy one; of several the first, so that what is read often is remembered in one place.
        mutating func take() -> Int? {
            guard !isClosed else { return nil }
            var best = 0
            for number in waiting.indices.dropFirst() where waiting[number] < waiting[best] { best = number }
            waiting[best] += 1
            return best
        }
    }

    private let queues: [DatabaseQueue]
    private let state: Mutex<State>

    /// - Parameter count: At least 1.
    init(path: String, count: Int) throws {
        queues = try SQLiteFile.openReaders(path, count: count)
        state = Mutex(State(waiting: Array(repeating: 0, count: count)))
    }

    /// Runs `body` on a reader's thread. May be called on any thread; never waits.
    /// - Returns: `false` once they are closed; then `body` is not run.
    func run(_ body: @escaping @Sendable (Database) -> Void) -> Bool {
        guard let number = state.withLock({ $0.take() }) else { return false }
        queues[number].asyncWriteWithoutTransaction { [self] database in
            body(database)
            state.withLock { $0.waiting[number] -= 1 }
        }
        return true
    }

    /// Returns when what was asked for is read.
    func close() async {
        state.withLock { $0.isClosed = true }
        for queue in queues {
            // Not `close` alone, which would hold up this thread for as long as readings last.
            try? await queue.unsafeRead { _ in }
            try? queue.close()
        }
    }
}
