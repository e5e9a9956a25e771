import Dispatch
import Synchronization

/// Reads what others stored and has it told: when a notification names rooms, and all each 5 s, as notifications may be
/// lost.
final class PostgresFollower: Sendable {
    private struct State {
        var rooms = Set<Int64>()
        var isAll = false
        var isRunning = false
        var isClosed = false
        /// When all changes were read last.
        var readAt = ContinuousClock.now
    }

    static let pollingPause = Duration.seconds(5)
    /// Whoever was without the database for longer may have missed changes: they are kept for a day, and clocks of several
    /// hosts differ.
    static let longestGap = Duration.seconds(20 * 3_600)

    private let worker: PostgresWorker
    private let log: RoomLog
    private let clock: any WallClock
    private let measures: StoreMeasures
    private let state = Mutex(State())
    private let longestGap: Duration

    init(
        worker: PostgresWorker, log: RoomLog, clock: any WallClock, measures: StoreMeasures,
        longestGap: Duration = longestGap
    ) {
        self.longestGap = longestGap
        self.worker = worker
        self.log = log
        self.clock = clock
        self.measures = measures
    }

    func start() {
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.pollingPause.interval) { [weak self] in
            guard let self, !state.withLock({ $0.isClosed }) else { return }
            look(at: nil)
            start()
        }
    }

    /// - Parameter rooms: `nil` is all.
    func look(at rooms: Set<Int64>?) {
        let isFirst = state.withLock { state in
            guard !state.isClosed else { return false }
            if let rooms { state.rooms.formUnion(rooms) } else { state.isAll = true }
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if isFirst { worker.run { [self] _ in read() } }
    }

    private func read() {
        while let rooms = next() {
            do {
                try worker.retrying(until: ContinuousClock.now + PostgresLane.patience) { connection in
                    let reading = try RoomLogReading.read(connection, from: log.position(of: rooms))
                    noteRead()
                    let waiting = log.take(reading)
                    measure(reading)
                    if reading.isFull { look(at: rooms) }
                    if !waiting.isEmpty { look(at: waiting) }
                }
            } catch {
                // The next look reads it: the door tells when the database answers again, and there is the timer.
            }
        }
    }

    private func noteRead() {
        let gap = state.withLock { state in
            defer { state.readAt = .now }
            return ContinuousClock.now - state.readAt
        }
        if gap > longestGap { log.missed() }
    }

    /// How old the newest message of each room was; clocks of several hosts differ, and some say that it is yet to come.
    private func measure(_ reading: RoomLogReading) {
        let now = clock.now().milliseconds
        let newest = Dictionary(reading.messages.map { ($0.room, $0.time.milliseconds) }, uniquingKeysWith: max)
        for time in newest.values { measures.followSeconds.observe(max(0, Double(now) - Double(time)) / 1_000) }
    }

    /// - Returns: `nil` ends the reading; a look at all has `.some(nil)`.
    private func next() -> Set<Int64>?? {
        state.withLock { state -> Set<Int64>?? in
            guard !state.isClosed, state.isAll || !state.rooms.isEmpty else {
                state.isRunning = false
                return .none
            }
            defer {
                state.rooms.removeAll()
                state.isAll = false
            }
            return .some(state.isAll ? nil : state.rooms)
        }
    }

    func close() { state.withLock { $0.isClosed = true } }
}
