import Synchronization

/// The store of a larger host: one PostgreSQL, several daemons.
///
/// Messages go in batches over one connection (`PostgresMessageLane`), everything else in transactions of its own over a
/// few others, reads over still others. What is told goes through one `RoomLog`, which also reads what other daemons
/// store. All of it works on threads of its own; a database that is away makes nobody wait longer than 3 s.
public final class PostgresStore: Store {
    /// Connections that read, and that write what is no message.
    private static let (readers, writers) = (4, 4)

    public let measures: StoreMeasures
    /// This daemon, for as long as it runs.
    let node: Int64
    let log: RoomLog
    private let door: PostgresDoor
    private let clock: any WallClock
    private let reading: PostgresPool
    private let writing: PostgresPool
    private let lanes: [ObjectIdentifier: PostgresLane]
    private let messages: PostgresMessageLane
    private let notifier: PostgresNotifier
    private let follower: PostgresFollower
    private let listener: PostgresListener
    private let people: Late<PostgresListening>

    /// Connects, and brings the tables up to date.
    /// - Parameters:
    ///   - url: As libpq takes it: `postgres://user:password@host:port/database?…`, also with several hosts.
    ///   - serverName: The source of a message whose author's account is gone by the time that it is told.
    ///   - mostWaiting: Messages, and other operations, that may wait.
    ///   - mostWaitingBytes: Bytes of text that may wait.
    ///   - onCommit: Called with everything that is to be told, in order, never twice at once.
    ///   - onNotice: What an operator should read. Called on any thread.
    /// - Throws: `StoreFailure.cannotOpen` and `unavailable` (it does not answer), in words for the operator.
    public init(
        url: String, serverName: String, clock: any WallClock, mostWaiting: Int = 65_536,
        mostWaitingBytes: Int = 67_108_864,
        onCommit: @escaping @Sendable (CommittedBatch) -> Void,
        onNotice: @escaping @Sendable (StoreNotice) -> Void = { _ in }
    ) throws(StoreFailure) {
        let door = PostgresDoor(address: try PostgresAddress(url), onNotice: onNotice)
        let node = Int64.random(in: 1...Int64.max)
        let start = try PostgresStart(door)
        self.door = door
        self.node = node
        self.clock = clock
        let log = RoomLog(node: node, first: start.reading, formerAuthor: serverName, tell: onCommit)
        let notifier = PostgresNotifier(
            worker: PostgresWorker("notify", door: door), channel: start.channel, node: node)
        let measures = StoreMeasures()
        self.measures = measures
        let follower = PostgresFollower(
            worker: PostgresWorker("follow", door: door, session: PostgresSession(plansOnce: true)), log: log,
            clock: clock, measures: measures)
        let writers = (0..<Self.writers).map { PostgresWorker("write-\($0)", door: door) }
        let numbered = writers.enumerated().map { number, worker in
            (ObjectIdentifier(worker), PostgresLane(node: node, number: Int64(number) + 1, onNotice: onNotice))
        }
        lanes = Dictionary(uniqueKeysWithValues: numbered)
        reading = PostgresPool(
            (0..<Self.readers).map { PostgresWorker("read-\($0)", door: door) }, mostWaiting: mostWaiting)
        writing = PostgresPool(writers, mostWaiting: mostWaiting)
        messages = PostgresMessageLane(
            worker: PostgresWorker("messages", door: door, session: PostgresMessageLane.session),
            lane: PostgresLane(node: node, number: 0, onNotice: onNotice),
            queue: BatchQueue(
                mostWaiting: mostWaiting, mostWaitingBytes: mostWaitingBytes, remembersTaken: true), log: log,
            clock: clock, measures: measures,
            onMoved: { notifier.moved($0) })
        listener = PostgresListener(
            worker: PostgresWorker("listen", door: door), channel: start.channel, node: node,
            onMoved: { follower.look(at: $0) }, onNotice: onNotice)
        self.log = log
        self.notifier = notifier
        self.follower = follower
        people = Late()
        messages.start { [reading, writing] in
            reading.refuseLate()
            writing.refuseLate()
        }
        follower.start()
        listener.start()
        startListening()
    }

    private func startListening() {
        let listening = PostgresListening(node: node) { [weak self] body in
            guard let self else { throw StoreFailure.closed }
            try await write(origin: nil) { transaction in
                guard let connection = transaction.session as? PostgresConnection else { throw StoreFailure.closed }
                try body(transaction, connection)
            }
        }
        people.set(listening)
        listening.start()
    }

    /// Who listens on any daemon.
    public var listening: (any SharedListening)? { people.value }

    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (ReadTransaction) throws -> Value,
        then answer: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        let now = clock.now()
        let deadline = ContinuousClock.now + PostgresLane.patience
        let refusal = reading.add { worker in
            answer(
                Result {
                    try worker.retrying(until: deadline) { connection in
                        connection.answerTime = PostgresConnection.readingTime
                        connection.begin(.beginReading)
                        let value = try body(ReadTransaction(session: connection, now: now))
                        _ = try connection.run([.commit])
                        return value
                    }
                })
        } orElse: {
            answer(.failure($0))
        }
        if let refusal { answer(.failure(refusal)) }
    }

    public func write<Value: Sendable>(
        origin: Origin?, _ body: @escaping @Sendable (WriteTransaction) throws -> Value
    ) async throws -> Value {
        let deadline = ContinuousClock.now + PostgresLane.patience
        return try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            let refusal = writing.add { [self] worker in
                guard let lane = lanes[ObjectIdentifier(worker)] else {
                    return continuation.resume(throwing: StoreFailure.closed)
                }
                let job = PostgresJob(lane: lane, origin: origin, clock: clock, measures: measures, body: body)
                do {
                    let done = try job.run(on: worker, until: deadline)
                    tell(done.changes, worker)
                    log.whenTold(done.changes) { continuation.resume(returning: done.value) }
                } catch {
                    continuation.resume(throwing: error)
                }
            } orElse: {
                continuation.resume(throwing: $0)
            }
            if let refusal { continuation.resume(throwing: refusal) }
        }
    }

    /// What was stored is told before it is answered, by the same reading that others tell it by.
    private func tell(_ changes: [(room: Int64, id: Int64)], _ worker: PostgresWorker) {
        guard !changes.isEmpty else { return }
        let rooms = Set(changes.map(\.room))
        notifier.moved(rooms)
        do {
            let connection = try worker.connection(until: .now)
            let waiting = log.take(try RoomLogReading.read(connection, from: log.position(of: rooms)))
            if !waiting.isEmpty { follower.look(at: waiting) }
        } catch {
            // The connection was lost in between: the follower reads it with another.
            worker.drop()
            follower.look(at: rooms)
        }
    }

    public func append(contentsOf drafts: [MessageDraft]) { messages.append(drafts) }

    public func follow(_ room: RoomReference, after newest: Int64) {
        log.follow(room, after: newest)
        follower.look(at: [room.id.rawValue])
    }

    public func unfollow(_ room: RoomID) { log.unfollow(room) }

    public func backUp(
        to path: String, progress: @escaping @Sendable (_ pages: Int, _ total: Int) -> Void
    ) async throws {
        throw BackupFailure.notEmbedded
    }

    public var logBytes: Int? { nil }

    public func ping(_ answer: @escaping @Sendable () -> Void) { answer() }

    public var queueDepth: Int { messages.queueDepth + writing.waitingCount }

    /// How long the rest may take; then what still waits for the database is given up.
    private static let closingTime = Duration.seconds(2)

    public func giveUp() { door.close() }

    public func close() async {
        let end = Once()
        Task {
            await messages.close()
            await people.value?.close()
            await end.resume()
        }
        let timer = Task {
            // Where all was given up already, nothing will come of waiting.
            try await Task.sleep(for: door.isClosed ? .zero : Self.closingTime)
            door.close()
            try await Task.sleep(for: .milliseconds(500))
            await end.resume()
        }
        await end.wait()
        timer.cancel()
        writing.close()
        listener.close()
        follower.close()
        reading.close()
        door.close()
    }
}

/// Waits for the first of several ends.
private actor Once {
    private var isOver = false
    private var continuation: CheckedContinuation<Void, Never>?

    func resume() {
        isOver = true
        continuation?.resume()
        continuation = nil
    }

    func wait() async {
        guard !isOver else { return }
        await withCheckedContinuation { continuation = $0 }
    }
}

/// Something that needs the object that holds it.
private final class Late<Value: Sendable>: Sendable {
    private let stored = Mutex<Value?>(nil)
    var value: Value? { stored.withLock { $0 } }
    func set(_ value: Value) { stored.withLock { $0 = value } }
}

/// What is done once, before anything else.
private struct PostgresStart {
    /// One for each set of tables: several may share a database.
    let channel: String
    let reading: RoomLogReading

    init(_ door: PostgresDoor) throws(StoreFailure) {
        do {
            let connection = try PostgresOpening.open(door.address)
            let table = try connection.run([PostgresStatement("SELECT 'room'::regclass::oid::bigint")])[0]
            channel = "gather_\(try table.first?.integer(0) ?? 0)"
            // Only what was under way a moment ago can be told later; of what had ended before, nothing is read.
            let horizon = try RoomLogReading.read(connection, from: .init(transaction: .max, rooms: []))
            reading = try RoomLogReading.read(connection, from: .init(transaction: horizon.oldestRunning, rooms: []))
        } catch {
            throw PostgresOpening.failure(error)
        }
    }
}
