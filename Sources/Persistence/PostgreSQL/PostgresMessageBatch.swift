/// One transaction over messages of many rooms.
///
/// Two round trips: what has to be known, under the locks of the rooms, in id order; then all insertions and COMMIT.
struct PostgresMessageBatch {
    let drafts: [BatchQueue.Operation]
    let memory: PostgresRoomMemory
    let lane: PostgresLane
    let now: Timestamp

    /// Outcomes in order.
    private(set) var items: [BatchItem] = []
    private var rooms: [String: PostgresRoom] = [:]
    /// Rooms that are there, and locked by somebody else.
    private var stuck = Set<String>()
    private var once: [OnceKey: (id: Int64, time: Int64)] = [:]
    private var fresh = Fresh()

    /// What is to be inserted, by column.
    private struct Fresh {
        var rooms: [Int64] = []
        var ids: [Int64] = []
        var times: [Int64] = []
        var authors: [Int64] = []
        var texts: [String] = []
        var spoken = Set<Spoken>()
        var onceRooms: [Int64] = []
        var onceAccounts: [Int64] = []
        var onceKeys: [String] = []
        var onceIDs: [Int64] = []
        var onceTimes: [Int64] = []
    }

    private struct OnceKey: Hashable {
        let room: Int64
        let account: Int64
        let key: String
    }

    init(_ drafts: [BatchQueue.Operation], memory: PostgresRoomMemory, lane: PostgresLane, now: Timestamp) {
        self.drafts = drafts
        self.lane = lane
        self.memory = memory
        self.now = now
        items.reserveCapacity(drafts.count)
    }

    /// The rooms that are locked.
    var locked: [PostgresRoom] { Array(rooms.values) }

    /// The rooms with new messages.
    var written: [PostgresRoom] { rooms.values.filter { $0.lastID > $0.lockedLastID } }

    private var messages: [MessageDraft] {
        drafts.compactMap { if case .message(let draft) = $0 { draft } else { nil } }
    }

    // MARK: The first round trip

    /// Begins, locks the rooms and asks for what is not known of their members.
    /// - Parameter skipping: Rooms that somebody else has locked are left out; their messages will be refused.
    mutating func lock(_ connection: PostgresConnection, skipping: Bool) throws {
        let names = Set(messages.map(\.room)).sorted()
        let unknown = Set(
            messages.filter { !memory.knows($0.author.rawValue, in: $0.room) }
                .map { MembershipQuestion(room: $0.room, account: $0.author.rawValue) })
        let keyed = messages.filter { $0.once != nil }
        var statements = [
            .begin,
            // First the lane's lock: a condition that is looked at once, before any room, and a statement less.
            PostgresStatement(
                """
                SELECT id, name, folded, first_id, last_id, last_time, last_change FROM room
                WHERE (SELECT pg_advisory_xact_lock($2)) IS NOT NULL AND folded = ANY ($1)
                ORDER BY id FOR NO KEY UPDATE\(skipping ? " SKIP LOCKED" : "")
                """, [.texts(names), lane.lockKey]),
        ]
        if skipping { statements.append(Self.existing(names)) }
        if !unknown.isEmpty { statements.append(Self.memberships(Array(unknown))) }
        if !keyed.isEmpty { statements.append(Self.stored(keyed)) }
        var results = try connection.run(statements)[...]
        results.removeFirst()
        for row in results.removeFirst() {
            let room = try PostgresRoom(row: row)
            rooms[room.folded] = room
        }
        if skipping {
            stuck = Set(try results.removeFirst().map { try $0.text(0) }).subtracting(rooms.keys)
        }
        for room in rooms.values { memory.forgetIfChanged(room) }
        if !unknown.isEmpty { try remember(results.removeFirst()) }
        if !keyed.isEmpty { try take(stored: results.removeFirst()) }
        try askAgain(connection, asked: unknown)
    }

    private static func existing(_ names: [String]) -> PostgresStatement {
        PostgresStatement("SELECT folded FROM room WHERE folded = ANY ($1)", [.texts(names)])
    }

    private struct MembershipQuestion: Hashable {
        let room: String
        let account: Int64
    }

    private static func memberships(_ questions: [MembershipQuestion]) -> PostgresStatement {
        PostgresStatement(
            """
            SELECT r.folded, m.account FROM unnest($1::text[], $2::bigint[]) AS f (folded, account)
            JOIN room r ON r.folded = f.folded JOIN member m ON m.room = r.id AND m.account = f.account
            """, [.texts(questions.map(\.room)), .integers(questions.map(\.account))])
    }

    private static func stored(_ keyed: [MessageDraft]) -> PostgresStatement {
        PostgresStatement(
            """
            SELECT o.room, o.account, o.key, o.id, o.time
            FROM unnest($1::text[], $2::bigint[], $3::text[]) AS f (folded, account, key)
            JOIN room r ON r.folded = f.folded
            JOIN once o ON o.room = r.id AND o.account = f.account AND o.key = f.key
            """,
            [
                .texts(keyed.map(\.room)), .integers(keyed.map(\.author.rawValue)),
                .texts(keyed.map { $0.once ?? "" }),
            ])
    }

    private func remember(_ members: [SQLRow]) throws {
        for row in members {
            guard let room = rooms[try row.text(0)] else { continue }
            memory.remember(try row.integer(1), in: room)
        }
    }

    /// Members of rooms that have changed since they were remembered were not asked for.
    private func askAgain(_ connection: PostgresConnection, asked: Set<MembershipQuestion>) throws {
        let open = Set(
            messages.filter { rooms[$0.room] != nil && !memory.knows($0.author.rawValue, in: $0.room) }
                .map { MembershipQuestion(room: $0.room, account: $0.author.rawValue) })
        let left = open.subtracting(asked)
        guard !left.isEmpty else { return }
        try remember(try connection.run([Self.memberships(Array(left))])[0])
    }

    private mutating func take(stored rows: [SQLRow]) throws {
        for row in rows {
            let key = OnceKey(room: try row.integer(0), account: try row.integer(1), key: try row.text(2))
            once[key] = (try row.integer(3), try row.integer(4))
        }
    }

    // MARK: Numbering

    /// Gives ids and times, and refuses what may not be stored.
    mutating func number(_ connection: PostgresConnection) throws {
        for operation in drafts {
            switch operation {
            case .message(let draft): items.append(try number(draft, connection))
            case .refused(let draft, let refusal): items.append(.refused(draft, refusal))
            case .job: break
            }
        }
    }

    private mutating func number(_ draft: MessageDraft, _ connection: PostgresConnection) throws -> BatchItem {
        guard var room = rooms[draft.room] else {
            return .refused(draft, stuck.contains(draft.room) ? .unavailable : .noSuchRoom)
        }
        guard memory.knows(draft.author.rawValue, in: draft.room) else {
            let transaction = ReadTransaction(session: connection, now: now)
            return .refused(draft, try transaction.refusal(of: draft.author, in: room.reference))
        }
        let key = draft.once.map { OnceKey(room: room.id, account: draft.author.rawValue, key: $0) }
        if let key, let known = once[key] {
            return .message(
                CommittedMessage(draft, room: room.reference, id: known.id, time: known.time, isRepeat: true))
        }
        room.lastID &+= 1
        room.lastTime = max(now.milliseconds, room.lastTime)
        rooms[draft.room] = room
        fresh.rooms.append(room.id)
        fresh.ids.append(room.lastID)
        fresh.times.append(room.lastTime)
        fresh.authors.append(draft.author.rawValue)
        fresh.texts.append(draft.text)
        let spoken = Spoken(
            account: draft.author.rawValue, room: room.id, block: MessageBlock.containing(room.lastID))
        if !memory.knows(spoken) { fresh.spoken.insert(spoken) }
        if let key {
            once[key] = (room.lastID, room.lastTime)
            fresh.onceRooms.append(room.id)
            fresh.onceAccounts.append(key.account)
            fresh.onceKeys.append(key.key)
            fresh.onceIDs.append(room.lastID)
            fresh.onceTimes.append(room.lastTime)
        }
        return .message(CommittedMessage(draft, room: room.reference, id: room.lastID, time: room.lastTime))
    }

    /// The batch was committed.
    func rememberSpeakers() { memory.remember(fresh.spoken) }

    // MARK: The second round trip

    /// Whether there is anything to commit; not where all messages were refused, or were there already.
    var storesSomething: Bool { !fresh.ids.isEmpty }

    /// What stores the messages, and settles the lane: one statement, as each costs the server and this daemon about as much
    /// as the rows of one message.
    ///
    /// Two daemons never wait for each other over `spoke`, in whatever order the rows come: whoever inserts rows of a room has
    /// the room locked, and who takes some away (retention, the erasure of an account or a room) takes none that a message
    /// could still need, or has the room locked as well.
    func insertion(with settlement: PostgresLane.Settlement) -> PostgresStatement {
        let written = written
        var parameters: [PostgresParameter] = [
            .integers(fresh.rooms), .integers(fresh.ids), .integers(fresh.times), .integers(fresh.authors),
            .texts(fresh.texts), .integers(written.map(\.id)), .integers(written.map(\.lastID)),
            .integers(written.map(\.lastTime)),
        ]
        parameters += settlement.parameters
        guard !fresh.spoken.isEmpty || !fresh.onceKeys.isEmpty else {
            return PostgresStatement(Self.plainInsertion, parameters)
        }
        let spoken = Array(fresh.spoken)
        parameters += [
            .integers(spoken.map(\.account)), .integers(spoken.map(\.room)), .integers(spoken.map(\.block)),
            .integers(fresh.onceRooms), .integers(fresh.onceAccounts), .texts(fresh.onceKeys),
            .integers(fresh.onceIDs), .integers(fresh.onceTimes),
        ]
        return PostgresStatement(Self.fullInsertion, parameters)
    }

    private static let plainInsertion = insertion(and: "")
    private static let fullInsertion = insertion(
        and: """
            , noted AS (
                INSERT INTO spoke (account, room, block)
                SELECT * FROM unnest($13::bigint[], $14::bigint[], $15::bigint[]) ON CONFLICT DO NOTHING)
            , keyed AS (
                INSERT INTO once (room, account, key, id, time)
                SELECT * FROM unnest($16::bigint[], $17::bigint[], $18::text[], $19::bigint[], $20::bigint[]))
            """)

    private static func insertion(and others: String) -> String {
        """
        WITH stored AS (
            INSERT INTO message (room, id, time, author, text)
            SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[]))
        , counted AS (
            UPDATE room r SET last_id = f.id, last_time = f.time,
                first_id = CASE WHEN r.first_id = 0 THEN 1 ELSE r.first_id END
            FROM unnest($6::bigint[], $7::bigint[], $8::bigint[]) AS f (room, id, time) WHERE r.id = f.room)
        \(others)
        \(PostgresLane.Settlement.text(firstParameter: 9))
        """
    }
}
