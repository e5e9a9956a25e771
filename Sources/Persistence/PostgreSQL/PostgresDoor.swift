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
        var isAttempting = false
        var isClosed = false
        var waiting: [DispatchSemaphore] = []
    }

    let address: PostgresAddress
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
    func connect(until deadline: ContinuousClock.Instant) throws -> PostgresConnection {
        while true {
            guard waitUntilOpen(deadline) else { throw StoreFailure.unavailable("the database does not answer") }
            do {
                return try Self.open(address)
            } catch let failure as PostgresFailure {
                failed(failure.words)
            }
        }
    }

    /// - Throws: `PostgresFailure`.
    static func open(_ address: PostgresAddress) throws -> PostgresConnection {
        let connection = try PostgresConnection(address)
        _ = try connection.run([PostgresStatement(settings)])
        return connection
    }

    /// What must hold of every session (reliability.md, rule 4). `synchronous_commit` stays as the operator wants it, but
    /// for `off`: then an acknowledged message might not be on disk.
    private static let settings = """
        SELECT set_config('statement_timeout', '10s', false), set_config('lock_timeout', '5s', false),
               set_config('idle_in_transaction_session_timeout', '15s', false),
               CASE WHEN current_setting('synchronous_commit') = 'off'
                    THEN set_config('synchronous_commit', 'on', false) END
        """

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

    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
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
                if state.isClosed { return false }
                if state.failures == 0 { return true }
                state.waiting.append(semaphore)
                return nil
            }
            if let isOpen { return isOpen }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero, semaphore.wait(timeout: .now() + left.interval) == .success else {
                state.withLock { state in state.waiting.removeAll { $0 === semaphore } }
                return state.withLock { $0.failures == 0 && !$0.isClosed }
            }
        }
    }

    private func attempt(after milliseconds: Int) {
        attempts.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
            self?.attemptNow(milliseconds)
        }
    }

    private func attemptNow(_ lastPause: Int) {
        guard !state.withLock({ $0.isClosed }) else { return }
        do {
            _ = try Self.open(address)
        } catch {
            let pause = min(2_000, max(100, lastPause * 2))
            return attempt(after: Int.random(in: pause / 2...pause))
        }
        let waiting = state.withLock { state in
            state.failures = 0
            defer { state.waiting.removeAll() }
            return state.waiting
        }
        onNotice(.databaseAnswers)
        for semaphore in waiting { semaphore.signal() }
    }
}

extension Duration {
    var interval: DispatchTimeInterval {
        let (seconds, attoseconds) = components
        return .milliseconds(Int(clamping: seconds &* 1_000 &+ attoseconds / 1_000_000_000_000_000 &+ 1))
    }
}
