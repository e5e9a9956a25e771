import Dispatch
import Synchronization

/// Opens connections to one database, and knows whether it answers.
///
/// While it does not, one attempt at a time is made, from 100 ms to 2 s apart with jitter, for ever; everybody else only
/// waits for it, as long as they may.
final class PostgresDoor: Sendable {
    private struct State {
        /// Attempts that failed since the last that succeeded; 0 while the database answers.
        var failures = 0
        /// Only an attempt that took its time succeeded.
        var isSlow = false
        var waiting: [DispatchSemaphore] = []
    }

    let address: PostgresAddress
    /// Set when the door is closed: ends whatever still waits for the database.
    private let stop = StopFlag()
    private let state = Mutex(State())
    private let attempts = DispatchQueue(label: "gather.postgres.reconnect")
    private let onNotice: @Sendable (StoreNotice) -> Void

    init(address: PostgresAddress, onNotice: @escaping @Sendable (StoreNotice) -> Void) {
        self.address = address
        self.onNotice = onNotice
    }

    /// A connection with the session's settings.
    /// - Parameter deadline: How long to wait where the database does not answer.
    /// - Throws: `StoreFailure.unavailable`.
    func connect(until deadline: ContinuousClock.Instant, as session: PostgresSession) throws -> PostgresConnection {
        while true {
            guard waitUntilOpen(deadline) else { throw StoreFailure.unavailable("the database does not answer") }
            do {
                let isSlow = state.withLock { $0.isSlow }
                return try Self.open(isSlow ? address : address.forShortAttempt, as: session, stoppedBy: stop)
            } catch let failure as PostgresFailure {
                failed(failure.words)
            }
        }
    }

    /// - Throws: `PostgresFailure`.
    static func open(
        _ address: PostgresAddress, as session: PostgresSession = PostgresSession(),
        stoppedBy stop: StopFlag = StopFlag()
    ) throws -> PostgresConnection {
        let connection = try PostgresConnection(address, stoppedBy: stop)
        _ = try connection.run([session.settings])
        return connection
    }

    /// A connection was lost, or could not be made.
    func failed(_ words: String) {
        let isFirst = state.withLock { state in
            state.failures += 1
            return state.failures == 1
        }
        guard isFirst else { return }
        onNotice(.databaseLost(words))
        attempt(after: 0)
    }

    var isClosed: Bool { stop.isSet }

    /// Nobody waits for the database any more.
    func close() {
        stop.set()
        let waiting = state.withLock { state in
            defer { state.waiting.removeAll() }
            return state.waiting
        }
        for semaphore in waiting { semaphore.signal() }
    }

    /// - Returns: Whether the database answers, as far as is known.
    private func waitUntilOpen(_ deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let semaphore = DispatchSemaphore(value: 0)
            let isOpen = state.withLock { state -> Bool? in
                if isClosed { return false }
                if state.failures == 0 { return true }
                state.waiting.append(semaphore)
                return nil
            }
            if let isOpen { return isOpen }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero, semaphore.wait(timeout: .now() + left.interval) == .success else {
                state.withLock { state in state.waiting.removeAll { $0 === semaphore } }
                return state.withLock { $0.failures == 0 } && !isClosed
            }
        }
    }

    private func attempt(after milliseconds: Int) {
        attempts.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
            self?.attemptNow(milliseconds)
        }
    }

    private func attemptNow(_ lastPause: Int) {
        guard !isClosed else { return }
        // Now and then a long one, for a database that takes its time.
        let isLong = state.withLock { state in
            state.failures += 1
            return state.failures % 4 == 0
        }
        do {
            _ = try Self.open(isLong ? address : address.forShortAttempt, stoppedBy: stop)
        } catch {
            let pause = min(2_000, max(100, lastPause * 2))
            return attempt(after: Int.random(in: pause / 2...pause))
        }
        let waiting = state.withLock { state in
            state.failures = 0
            state.isSlow = isLong
            defer { state.waiting.removeAll() }
            return state.waiting
        }
        onNotice(.databaseAnswers)
        for semaphore in waiting { semaphore.signal() }
    }
}
