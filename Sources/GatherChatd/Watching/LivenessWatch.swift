import Logging
import NIOCore
import Persistence
import ServiceLifecycle
import Synchronization

/// Asks the event loops and the store each second whether they still do anything. One that is silent is named in the log;
/// one that stays so ends the process, so that its supervisor starts it anew on what is on disk.
struct LivenessWatch: Service {
    /// What is watched: it is asked, and answers by calling back from where its work is done.
    struct Subject: Sendable {
        let name: String
        let ask: @Sendable (_ answer: @escaping @Sendable () -> Void) -> Void
    }

    let rounds: LivenessRounds
    /// Between two rounds.
    static let pause = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.pause)
                rounds.look(at: .now)
            }
        }
    }
}

/// The rounds of the watch, each at a time that its caller names.
final class LivenessRounds: Sendable {
    /// Silence that is told.
    static let told = Duration.seconds(5)
    /// Silence that ends the process.
    static let ended = Duration.seconds(60)

    private let subjects: [(subject: LivenessWatch.Subject, state: SubjectState)]
    private let last: Mutex<ContinuousClock.Instant>
    private let logger: Logger
    private let isWell: @Sendable () -> Void
    private let end: @Sendable (String) -> Void

    /// - Parameters:
    ///   - begin: When the first round could have been.
    ///   - isWell: Called in each round in which nobody's silence is long enough to be told.
    ///   - end: Called with the name of who stayed silent; does not return in the daemon.
    init(
        of subjects: [LivenessWatch.Subject], begin: ContinuousClock.Instant, logger: Logger,
        isWell: @escaping @Sendable () -> Void, end: @escaping @Sendable (String) -> Void
    ) {
        self.subjects = subjects.map { ($0, SubjectState()) }
        self.last = Mutex(begin)
        self.logger = logger
        self.isWell = isWell
        self.end = end
    }

    func look(at now: ContinuousClock.Instant) {
        let since = last.withLock { last in
            defer { last = now }
            return now - last
        }
        // The process itself was stopped for a while: that is nobody's silence.
        if since > Self.told { for (_, state) in subjects { state.forgive(at: now) } }
        var isWell = true
        for (subject, state) in subjects {
            guard let silence = state.silence(at: now) else {
                ask(subject, state, now)
                continue
            }
            if silence >= Self.ended { end(subject.name) }
            guard silence >= Self.told else { continue }
            isWell = false
            if state.tell() {
                logger.error(
                    "silent for \(silence.components.seconds) s", metadata: .keyed([.subject: "\(subject.name)"]))
            }
        }
        if isWell { self.isWell() }
    }

    private func ask(_ subject: LivenessWatch.Subject, _ state: SubjectState, _ now: ContinuousClock.Instant) {
        state.begin(at: now)
        subject.ask { [logger] in
            guard state.answered() else { return }
            logger.notice("it answers again", metadata: .keyed([.subject: "\(subject.name)"]))
        }
    }
}

/// Whether a subject owes an answer, and since when.
private final class SubjectState: Sendable {
    private struct State {
        var asked: ContinuousClock.Instant?
        var isTold = false
    }

    private let state = Mutex(State())

    /// `nil` where it has answered.
    func silence(at now: ContinuousClock.Instant) -> Duration? {
        state.withLock { state in state.asked.map { now - $0 } }
    }

    func begin(at now: ContinuousClock.Instant) { state.withLock { $0.asked = now } }

    /// - Returns: Whether its silence had been told.
    func answered() -> Bool {
        state.withLock { state in
            defer { state = State() }
            return state.isTold
        }
    }

    /// - Returns: Whether this is the first time that this silence is told.
    func tell() -> Bool {
        state.withLock { state in
            defer { state.isTold = true }
            return !state.isTold
        }
    }

    func forgive(at now: ContinuousClock.Instant) {
        state.withLock { state in if state.asked != nil { state.asked = now } }
    }
}
