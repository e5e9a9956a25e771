import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A thread with a connection of its own, opened when it is first needed and again when it was lost.
final class PostgresWorker: Sendable {
    private final class Slot {
        var connection: PostgresConnection?
    }

    let door: PostgresDoor
    private let queue: DispatchQueue
    /// Used on the queue only, which is serial: that is what makes it safe to hold here.
    private nonisolated(unsafe) let slot = Slot()

    private let session: PostgresSession

    init(_ name: String, door: PostgresDoor, session: PostgresSession = PostgresSession()) {
        self.door = door
        self.session = session
        queue = DispatchQueue(label: "gather.postgres.\(name)")
    }

    /// Runs on the worker's thread.
    func run(_ body: @escaping @Sendable (PostgresWorker) -> Void) {
        queue.async { body(self) }
    }

    /// The connection, made if need be. On the worker's thread only.
    /// - Throws: `StoreFailure.unavailable` where there is none by the deadline.
    func connection(until deadline: ContinuousClock.Instant) throws -> PostgresConnection {
        if let connection = slot.connection, connection.isUsable { return connection }
        slot.connection = nil
        let connection = try door.connect(until: deadline, as: session)
        slot.connection = connection
        return connection
    }

    /// The connection is of no use any more. On the worker's thread only.
    func drop() { slot.connection = nil }

    /// Runs `body` with the connection; what ends connections makes a new one and runs it again, until the deadline.
    /// On the worker's thread only.
    /// - Parameter body: Must be one that may run again.
    func retrying<Value>(
        until deadline: ContinuousClock.Instant, _ body: (PostgresConnection) throws -> Value
    ) throws -> Value {
        var tries = 0
        while true {
            let connection = try connection(until: deadline)
            do {
                return try body(connection)
            } catch let failure as PostgresFailure {
                tries += 1
                try recover(from: failure, connection, tries: tries)
            } catch {
                rollBack(connection)
                throw error
            }
        }
    }

    /// Tries of one transaction that lost against another.
    private static let mostTries = 6

    /// - Throws: `StoreFailure.unavailable` where another try makes no sense.
    func recover(from failure: PostgresFailure, _ connection: PostgresConnection, tries: Int) throws {
        if failure.endsConnection || !connection.isUsable {
            drop()
            // A server that takes connections only to end them is not asked without a pause.
            if tries > 3 { usleep(useconds_t(min(tries, 20)) * 10_000) }
            return
        }
        rollBack(connection)
        guard failure.isWorthAnotherTry, tries < Self.mostTries else { throw StoreFailure.unavailable(failure.words) }
    }

    /// Undoes what the connection's transaction did, if the connection is still there.
    func rollBack(_ connection: PostgresConnection) {
        guard connection.isUsable else { return }
        connection.forgetQueued()
        do { _ = try connection.run([.rollBack]) } catch { drop() }
    }
}

/// A few workers and what waits for them, in order and bounded.
final class PostgresPool: Sendable {
    typealias Job = @Sendable (PostgresWorker) -> Void
    /// Called instead where the job was not begun in time.
    typealias Refusal = @Sendable (StoreFailure) -> Void

    private struct Waiting {
        let since = ContinuousClock.now
        let job: Job
        let refuse: Refusal
    }

    private struct State {
        var idle: [PostgresWorker]
        var waiting: [Waiting] = []
        var isClosed = false
    }

    private let state: Mutex<State>
    private let mostWaiting: Int

    init(_ workers: [PostgresWorker], mostWaiting: Int) {
        state = Mutex(State(idle: workers))
        self.mostWaiting = mostWaiting
    }

    /// - Returns: Why the job will not run.
    func add(_ job: @escaping Job, orElse refuse: @escaping Refusal) -> StoreFailure? {
        let (worker, failure) = state.withLock { state -> (PostgresWorker?, StoreFailure?) in
            if state.isClosed { return (nil, .closed) }
            // The one used last is the one whose connection is the most likely to be there.
            if let worker = state.idle.popLast() { return (worker, nil) }
            guard state.waiting.count < mostWaiting else { return (nil, .overloaded) }
            state.waiting.append(Waiting(job: job, refuse: refuse))
            return (nil, nil)
        }
        if let worker { start(job, on: worker) }
        return failure
    }

    private func start(_ job: @escaping Job, on worker: PostgresWorker) {
        worker.run { [self] worker in
            job(worker)
            while let next = next(for: worker) { next(worker) }
        }
    }

    private func next(for worker: PostgresWorker) -> Job? {
        state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst().job }
            state.idle.append(worker)
            return nil
        }
    }

    /// All workers may be finding out what became of a lost COMMIT; nobody else waits for that.
    func refuseLate() {
        let latest = ContinuousClock.now - PostgresLane.patience
        let late = state.withLock { state in
            let count = state.waiting.firstIndex { $0.since > latest } ?? state.waiting.count
            defer { state.waiting.removeFirst(count) }
            return state.waiting.prefix(count)
        }
        for waiting in late { waiting.refuse(.unavailable("the database does not answer")) }
    }

    /// Takes nothing more; what waits is done.
    func close() { state.withLock { $0.isClosed = true } }

    var waitingCount: Int { state.withLock { $0.waiting.count } }
}
