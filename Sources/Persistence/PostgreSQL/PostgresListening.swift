import Synchronization

/// Keeps in the database who listens on this daemon, and finds out when other daemons have died.
///
/// A daemon says each 5 s that it lives. One that was silent for 15 s is dead to the others: its listeners leave. A daemon
/// that only could not reach the database finds its row gone, and enters all its listeners again.
final class PostgresListening: SharedListening {
    private struct Key: Hashable {
        let room: Int64
        let account: Int64
    }

    private struct Step {
        let room: RoomReference
        let account: AccountReference
        let begins: Bool
        let reason: String?
        let announced: Bool

        var key: Key { Key(room: room.id.rawValue, account: account.id.rawValue) }
    }

    private struct State {
        /// What is to be stored, in order.
        var steps: [Step] = []
        /// Counts how often they were replaced by all that is here.
        var generation = 0
        /// Who listens here.
        var here: [Key: (room: RoomReference, account: AccountReference)] = [:]
        var isStoring = false
        var isClosed = false
        /// The database does not know what is here any more.
        var isForgotten = true
    }

    static let heartbeat = Duration.seconds(5)
    static let silence = Duration.seconds(15)
    /// Between two life signs, of a daemon that may judge others.
    private static let longestPause = Duration.seconds(8)
    /// Steps a transaction.
    private static let stepsAtOnce = 500
    /// Steps that may wait; over it they are forgotten, and all is entered anew.
    private static let mostSteps = 50_000

    private let node: Int64
    private let state = Mutex(State())
    private let write:
        @Sendable (@escaping @Sendable (WriteTransaction, PostgresConnection) throws -> Void) async throws -> Void

    /// - Parameter write: Runs a body as a transaction of the store.
    init(
        node: Int64,
        write:
            @escaping @Sendable (@escaping @Sendable (WriteTransaction, PostgresConnection) throws -> Void) async throws
            -> Void
    ) {
        self.node = node
        self.write = write
    }

    func began(_ account: AccountReference, in room: RoomReference, announced: Bool) {
        add(Step(room: room, account: account, begins: true, reason: nil, announced: announced))
    }

    func ended(_ account: AccountReference, in room: RoomReference, reason: String?, announced: Bool) {
        add(Step(room: room, account: account, begins: false, reason: reason, announced: announced))
    }

    private func add(_ step: Step) {
        let isFirst = state.withLock { state in
            state.here[step.key] = step.begins ? (step.room, step.account) : nil
            guard !state.isForgotten else { return false }
            guard state.steps.count < Self.mostSteps else {
                state.steps.removeAll()
                state.generation &+= 1
                state.isForgotten = true
                return false
            }
            state.steps.append(step)
            defer { state.isStoring = true }
            return !state.isStoring
        }
        if isFirst { Task { await store() } }
    }

    // MARK: Steps

    /// Stores what waits, until nothing does; a database that is away is asked again.
    private func store() async {
        while let (steps, generation) = next() {
            do {
                try await write { [node] transaction, connection in
                    try Self.store(steps, node: node, transaction, connection)
                }
                state.withLock { state in
                    guard state.generation == generation else { return }
                    state.steps.removeFirst(min(steps.count, state.steps.count))
                }
            } catch StoreFailure.closed {
                return
            } catch {
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    /// Steps of different people and rooms, as far as they are next to each other.
    private func next() -> (steps: [Step], generation: Int)? {
        state.withLock { state in
            var seen = Set<Key>()
            let steps = state.steps.prefix(Self.stepsAtOnce).prefix { seen.insert($0.key).inserted }
            if steps.isEmpty { state.isStoring = false }
            return steps.isEmpty ? nil : (Array(steps), state.generation)
        }
    }

    private static func store(
        _ steps: [Step], node: Int64, _ transaction: WriteTransaction, _ connection: PostgresConnection
    ) throws {
        let rooms = Set(steps.map(\.room.id.rawValue)).sorted()
        let (beginning, ending) = (steps.filter(\.begins), steps.filter { !$0.begins })
        // With the rooms locked, nobody else can find himself the first or the last.
        let results = try connection.run([
            .lockRooms(where: "id = ANY ($1)", [.integers(rooms)]),
            PostgresStatement(
                """
                INSERT INTO listening (room, account, node)
                SELECT f.room, f.account, $3 FROM unnest($1::bigint[], $2::bigint[]) AS f (room, account)
                JOIN member m ON m.room = f.room AND m.account = f.account ON CONFLICT DO NOTHING
                RETURNING room, account
                """, columns(of: beginning) + [.value(.integer(node))]),
            PostgresStatement(
                """
                DELETE FROM listening l USING unnest($1::bigint[], $2::bigint[]) AS f (room, account)
                WHERE l.room = f.room AND l.account = f.account AND l.node = $3 RETURNING l.room, l.account
                """, columns(of: ending) + [.value(.integer(node))]),
            PostgresStatement(
                """
                SELECT DISTINCT l.room, l.account FROM listening l
                JOIN unnest($1::bigint[], $2::bigint[]) AS f (room, account)
                    ON l.room = f.room AND l.account = f.account
                WHERE l.node <> $3
                """, columns(of: steps) + [.value(.integer(node))]),
        ])
        // As they are called by now: a RENAME may have come before.
        let names = Dictionary(
            try results[0].map { (try $0.integer(0), try $0.text(1)) }, uniquingKeysWith: { first, _ in first })
        let changed = try keys(results[1] + results[2])
        let elsewhere = try keys(results[3])
        for step in steps where changed.contains(step.key) && !elsewhere.contains(step.key) {
            if !step.begins {
                try transaction.setLastSeen(transaction.now, room: step.room.id, account: step.account.id)
            }
            guard step.announced, let name = names[step.room.id.rawValue] else { continue }
            let room = RoomReference(id: step.room.id, name: name)
            transaction.record(
                step.begins ? .listens(room, step.account) : .left(room, step.account, reason: step.reason))
        }
    }

    private static func keys(_ rows: [SQLRow]) throws -> Set<Key> {
        Set(try rows.map { Key(room: try $0.integer(0), account: try $0.integer(1)) })
    }

    private static func columns(of steps: [Step]) -> [PostgresParameter] {
        [.integers(steps.map(\.room.id.rawValue)), .integers(steps.map(\.account.id.rawValue))]
    }

    // MARK: Life signs

    /// Says that this daemon lives, and looks after the others, until it is closed.
    func start() {
        Task {
            // Who was silent itself cannot tell whether others are dead or the database was away.
            var steadySince = ContinuousClock.now
            var last = ContinuousClock.now
            var beats = 0
            while !state.withLock({ $0.isClosed }) {
                let begun = ContinuousClock.now
                var pause = Self.heartbeat
                do {
                    try await live()
                    if ContinuousClock.now - last > Self.longestPause { steadySince = .now }
                    last = .now
                    if begun - steadySince >= Self.silence { try await bury() }
                    if beats % 12 == 0 { try await tidy() }
                    beats &+= 1
                } catch {
                    pause = .milliseconds(500)
                }
                let end = ContinuousClock.now + pause
                while ContinuousClock.now < end, !state.withLock({ $0.isClosed }) {
                    try? await Task.sleep(for: .milliseconds(100))
                }
            }
        }
    }

    private static let now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

    /// Says that this daemon lives, and enters all its listeners where the database does not know them.
    func live() async throws {
        try await write { [self] _, connection in
            let rows = try connection.run([
                PostgresStatement(
                    "UPDATE node SET seen = \(Self.now) WHERE id = $1 RETURNING id", [.value(.integer(node))])
            ])[0]
            guard rows.isEmpty else { return }
            _ = try connection.run([
                PostgresStatement(
                    "INSERT INTO node (id, seen) VALUES ($1, \(Self.now)) ON CONFLICT DO NOTHING",
                    [.value(.integer(node))])
            ])
            // Here and not after the COMMIT, whose answer may be lost.
            state.withLock { $0.isForgotten = true }
        }
        if state.withLock({ $0.isForgotten }) { enterAll() }
    }

    /// Enters everybody who listens here; those who are there already change nothing.
    private func enterAll() {
        let isFirst = state.withLock { state in
            state.steps = state.here.values.map { room, account in
                Step(room: room, account: account, begins: true, reason: nil, announced: true)
            }
            state.generation &+= 1
            state.isForgotten = false
            defer { state.isStoring = true }
            return !state.isStoring
        }
        if isFirst { Task { await store() } }
    }

    /// Takes the listeners of daemons that have died out of their rooms.
    private func bury() async throws {
        try await write { transaction, connection in
            let limit = Self.silence.components.seconds * 1_000
            let dead = try connection.run([
                PostgresStatement(
                    "SELECT id FROM node WHERE seen < \(Self.now) - \(limit) FOR UPDATE SKIP LOCKED")
            ])[0].map { try $0.integer(0) }
            guard !dead.isEmpty else { return }
            let left = try connection.run([
                .lockRooms(where: "id IN (SELECT room FROM listening WHERE node = ANY ($1))", [.integers(dead)]),
                PostgresStatement(
                    """
                    SELECT DISTINCT r.id, r.name, a.id, a.name FROM listening l
                    JOIN room r ON r.id = l.room JOIN account a ON a.id = l.account
                    WHERE l.node = ANY ($1) AND NOT EXISTS (
                        SELECT 1 FROM listening o
                        WHERE o.room = l.room AND o.account = l.account AND o.node <> ALL ($1))
                    ORDER BY r.id, a.id
                    """, [.integers(dead)]),
                PostgresStatement("DELETE FROM node WHERE id = ANY ($1)", [.integers(dead)]),
            ])[1]
            for row in left {
                let room = RoomReference(id: RoomID(rawValue: try row.integer(0)), name: try row.text(1))
                let account = AccountReference(id: AccountID(rawValue: try row.integer(2)), name: try row.text(3))
                try transaction.setLastSeen(transaction.now, room: room.id, account: account.id)
                transaction.record(.left(room, account, reason: nil))
            }
        }
    }

    /// Forgets changes that every daemon has read, or is not there any more to read, or has to do without
    /// (`PostgresFollower.longestGap`), and the lanes of daemons long gone.
    private func tidy() async throws {
        try await write { transaction, connection in
            let end = SQLValue.integer(transaction.now.advanced(byMilliseconds: -Self.changesKept).milliseconds)
            _ = try connection.run([
                PostgresStatement("DELETE FROM change WHERE time < $1", [.value(end)]),
                PostgresStatement("DELETE FROM lane WHERE time < $1", [.value(end)]),
            ])
        }
    }

    /// Milliseconds: a day.
    static let changesKept: Int64 = 86_400_000

    /// Stores what waits, if the database answers, and takes this daemon's row away.
    func close() async {
        let end = ContinuousClock.now + .seconds(2)
        while state.withLock({ $0.isStoring }), ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(5))
        }
        state.withLock { $0.isClosed = true }
        try? await write { [node] _, connection in
            _ = try connection.run([PostgresStatement("DELETE FROM node WHERE id = $1", [.value(.integer(node))])])
        }
    }
}

extension PostgresConnection {
    func listeners(in room: RoomID) throws -> Set<AccountID> {
        Set(
            try rows("SELECT DISTINCT account FROM listening WHERE room = ?1", [SQLValue(room)])
                .map { AccountID(rawValue: try $0.integer(0)) })
    }
}
