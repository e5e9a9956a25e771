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

    struct Times: Sendable {
        var pause = Duration.seconds(1)
        /// Silence that is told.
        var told = Duration.seconds(5)
        /// Silence that ends the process.
        var ended = Duration.seconds(60)
    }

    let subjects: [Subject]
    let times: Times
    let logger: Logger
    /// Called each time that nobody was silent for as long as would be told.
    let isWell: @Sendable () -> Void
    /// Called with the name of who stayed silent; does not return in the daemon.
    let end: @Sendable (String) -> Void

    init(
        subjects: [Subject], times: Times = Times(), logger: Logger, isWell: @escaping @Sendable () -> Void,
        end: @escaping @Sendable (String) -> Void
    ) {
        self.subjects = subjects
        self.times = times
        self.logger = logger
        self.isWell = isWell
        self.end = end
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            let states = subjects.map { _ in SubjectState() }
            var last = ContinuousClock.now
            while !Task.isCancelled {
                try? await Task.sleep(for: times.pause)
                let now = ContinuousClock.now
                // The process itself was stopped for a while: nobody else's silence.
                if now - last > times.pause + times.told { for state in states { state.forgive() } }
                last = now
                look(states, now)
            }
        }
    }

    private func look(_ states: [SubjectState], _ now: ContinuousClock.Instant) {
        var isWell = true
        for (subject, state) in zip(subjects, states) {
            guard let silence = state.silence(at: now) else {
                state.begin(at: now)
                subject.ask {
                    if state.answered() {
                        logger.notice("it answers again", metadata: .keyed([.subject: "\(subject.name)"]))
                    }
                }
                continue
            }
            if silence >= times.ended { end(subject.name) }
            guard silence >= times.told else { continue }
            isWell = false
            if state.tell() {
                logger.error(
                    "silent for \(silence.components.seconds) s", metadata: .keyed([.subject: "\(subject.name)"]))
            }
        }
        if isWell { self.isWell() }
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

    func forgive() {
        state.withLock { state in if state.asked != nil { state.asked = .now } }
    }
}
