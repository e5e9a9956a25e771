import Dispatch
import Synchronization

/// Stores messages, a batch at a time, on a thread and a connection of its own.
///
/// A batch waits for nobody but the locks of its rooms; while it is committed, the next one gathers.
final class PostgresMessageLane: Sendable {
    private let worker: PostgresWorker
    private let lane: PostgresLane
    private let queue: BatchQueue
    private let log: RoomLog
    private let clock: any WallClock
    private let measures: StoreMeasures
    private let onMoved: @Sendable (Set<Int64>) -> Void
    /// A batch does not wait for long for a room that somebody else has locked. A daemon that was cut off in the middle of a
    /// transaction leaves its rooms locked for some seconds; others must not wait for them.
    static let session = PostgresSession(lockTime: .seconds(1), plansOnce: true)
    /// How long batches go past rooms that are locked, after one had to wait too long.
    private static let skippingTime = Duration.seconds(5)

    private final class Skipping {
        var end = ContinuousClock.now
    }

    /// Used on the worker's thread only.
    private nonisolated(unsafe) let skipping = Skipping()
    /// Used on the worker's thread only.
    private nonisolated(unsafe) let memory = PostgresRoomMemory()

    init(
        worker: PostgresWorker, lane: PostgresLane, queue: BatchQueue, log: RoomLog, clock: any WallClock,
        measures: StoreMeasures, onMoved: @escaping @Sendable (Set<Int64>) -> Void
    ) {
        self.worker = worker
        self.lane = lane
        self.queue = queue
        self.log = log
        self.clock = clock
        self.measures = measures
        self.onMoved = onMoved
    }

    func append(_ drafts: [MessageDraft]) {
        switch queue.add(contentsOf: drafts) {
        case .queued: break
        case .queuedFirst: worker.run { [self] _ in drain() }
        case .refused: log.tell(drafts.map { .refused($0, .unavailable) }, newest: [], released: [])
        }
    }

    var queueDepth: Int { queue.count }

    /// Commits what waits, and takes nothing more.
    func close() async {
        queue.close()
        await withCheckedContinuation { continuation in worker.run { _ in continuation.resume() } }
    }

    private func drain() {
        while let batch = queue.take() {
            // Behind a batch that took long to fail, one that waited nearly as long would wait for as long again.
            if ContinuousClock.now - batch.begun > PostgresLane.patience - .seconds(1) {
                refuse(batch.operations, StoreFailure.unavailable("the database does not answer"))
            } else {
                store(batch.operations)
            }
        }
    }

    private func store(_ operations: [BatchQueue.Operation]) {
        let deadline = ContinuousClock.now + PostgresLane.patience
        var tries = 0
        while true {
            do {
                let connection = try worker.connection(until: deadline)
                do {
                    if try attempt(operations, connection) { return }
                } catch let failure as PostgresFailure {
                    memory.forgetAll()
                    tries += 1
                    if failure.isLockTimeout, skipping.end < .now {
                        skipping.end = .now + Self.skippingTime
                        worker.rollBack(connection)
                        continue
                    }
                    try worker.recover(from: failure, connection, tries: tries)
                }
            } catch {
                memory.forgetAll()
                return refuse(operations, error)
            }
        }
    }

    /// - Returns: Whether it is done; `false` is once more.
    private func attempt(_ operations: [BatchQueue.Operation], _ connection: PostgresConnection) throws -> Bool {
        let begin = ContinuousClock.now
        connection.answerTime = Self.session.lockTime + .seconds(2)
        var batch = PostgresMessageBatch(operations, memory: memory, lane: lane, now: clock.now())
        do {
            try batch.lock(connection, skipping: skipping.end > .now)
            guard try catchUp(batch.locked, connection) else { return false }
            try batch.number(connection)
        } catch let failure as StoreFailure {
            throw PostgresFailure(unexpected: failure)
        }
        guard batch.storesSomething else {
            _ = try connection.run([.commit])
            log.tell(batch.items, newest: [], released: [])
            return true
        }
        guard try commit(batch, connection) else { return false }
        measures.committed(operations: operations.count, messages: batch.items.messageCount, since: begin)
        onMoved(Set(batch.written.map(\.id)))
        return true
    }

    /// Its rooms are held until it is known what became of the batch.
    private func commit(_ batch: PostgresMessageBatch, _ connection: PostgresConnection) throws -> Bool {
        let written = batch.written
        log.hold(written.map { (room: $0.id, first: $0.lockedLastID &+ 1) })
        var isCommitted = false
        defer {
            log.tell(
                isCommitted ? batch.items : [], newest: isCommitted ? written.map { (room: $0.id, id: $0.lastID) } : [],
                released: written.map(\.id))
        }
        connection.answerTime = PostgresConnection.longestTime
        isCommitted = try lane.commit(now: batch.now, connection, worker) { [batch.insertion(with: $0)] }
        // Of a server that lost one batch, earlier ones may be lost as well.
        if isCommitted { batch.rememberSpeakers() } else { memory.forgetAll() }
        return isCommitted
    }

    /// What others stored in these rooms is told before what follows it. The locks keep more from coming.
    /// - Returns: Whether the batch can go on; not if that was so much that the locks had to be given up for it.
    private func catchUp(_ rooms: [PostgresRoom], _ connection: PostgresConnection) throws -> Bool {
        let behind = rooms.filter { log.isBehind(room: $0.id, newest: $0.lastID, change: $0.lastChange) }
        guard !behind.isEmpty else { return true }
        let numbers = Set(behind.map(\.id))
        guard try readOn(numbers, connection).isFull else {
            log.caughtUp(behind.map { (room: $0.id, change: $0.lastChange) })
            return true
        }
        // This daemon was away for a while. Nobody else has to wait until it has read all of that.
        worker.rollBack(connection)
        while try readOn(numbers, connection).isFull {}
        return false
    }

    private func readOn(_ rooms: Set<Int64>, _ connection: PostgresConnection) throws -> RoomLogReading {
        let reading = try RoomLogReading.read(connection, from: log.position(of: rooms))
        log.take(reading)
        return reading
    }

    private func refuse(_ operations: [BatchQueue.Operation], _ error: any Error) {
        measures.countFailure()
        let refusal: MessageRefusal
        if case StoreFailure.unknownOutcome = error { refusal = .unknownOutcome } else { refusal = .unavailable }
        let items: [BatchItem] = operations.compactMap { operation in
            switch operation {
            case .message(let draft): .refused(draft, refusal)
            case .refused(let draft, let earlier): .refused(draft, earlier)
            case .job: nil
            }
        }
        log.tell(items, newest: [], released: [])
    }

    /// Nobody waits longer than that behind a batch of others whose end does not come.
    private func refuseLate() {
        let items: [BatchItem] = queue.removeMessages(waitingLongerThan: PostgresLane.patience)
            .map { .refused($0, .unavailable) }
        if !items.isEmpty { log.tell(items, newest: [], released: []) }
    }

    /// Looks after those who wait, until the lane is closed.
    /// - Parameter others: Looks after those who wait elsewhere.
    func start(_ others: @escaping @Sendable () -> Void) {
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(250)) { [weak self] in
            guard let self, !worker.door.isClosed else { return }
            refuseLate()
            others()
            start(others)
        }
    }
}
