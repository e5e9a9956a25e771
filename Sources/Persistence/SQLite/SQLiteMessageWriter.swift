import GRDB

/// Stores the messages of batches: the hot path of the writer.
///
/// What it needs to know of a room or of who is in it is looked up once and kept, which is safe as nothing else
/// writes to the file; any other operation makes it forget (`forget`). A message then costs one INSERT of a statement
/// prepared once, its author's first in a block one more, and a room one UPDATE a batch.
final class SQLiteMessageWriter {
    private final class Room {
        let reference: RoomReference
        var firstID: Int64
        var lastID: Int64
        var lastTime: Int64
        var isDirty = false
        var members: Set<Int64> = []
        var speakers = BlockSpeakers()

        init(reference: RoomReference, firstID: Int64, lastID: Int64, lastTime: Int64) {
            self.reference = reference
            self.firstID = firstID
            self.lastID = lastID
            self.lastTime = lastTime
        }
    }

    private let database: Database
    private let session: SQLiteSession
    private var rooms: [String: Room] = [:]
    private var dirty: [Room] = []
    private var insert: SQLitePreparedStatement?
    private var noteSpeaker: SQLitePreparedStatement?
    private var update: SQLitePreparedStatement?

    /// Rooms kept at the most; a daemon that saw more forgets all and begins anew.
    private static let mostRooms = 10_000

    init(database: Database) {
        self.database = database
        self.session = SQLiteSession(database: database)
    }

    /// Something other than a message was or will be written, or what was is undone: what is known may be wrong.
    func forget() {
        rooms.removeAll(keepingCapacity: true)
        dirty.removeAll(keepingCapacity: true)
    }

    /// Stores one message in the transaction under way.
    /// - Throws: Errors of SQLite; then the whole transaction has to be undone.
    func store(_ draft: MessageDraft, now: Timestamp) throws -> BatchItem {
        guard let room = try room(named: draft.room) else { return .refused(draft, .noSuchRoom) }
        guard try isMember(draft.author, of: room) else {
            let transaction = ReadTransaction(session: session, now: now)
            return .refused(draft, try transaction.refusal(of: draft.author, in: room.reference))
        }
        if let key = draft.once, let known = try stored(key, draft, room) {
            return .message(
                CommittedMessage(draft, room: room.reference, id: known.id, time: known.time, isRepeat: true))
        }
        // The protocol's ids fit 63 bits; at a million a second that is 290,000 years.
        let id = room.lastID &+ 1
        let time = max(now.milliseconds, room.lastTime)
        try insert(room: room.reference.id, id: id, time: time, draft)
        try note(draft.author, spokeIn: MessageBlock.containing(id), of: room)
        if let key = draft.once {
            try session.execute(
                "INSERT INTO once (room, account, key, id, time) VALUES (?1, ?2, ?3, ?4, ?5)",
                [
                    SQLValue(room.reference.id), .integer(draft.author.rawValue), .text(key), .integer(id),
                    .integer(time),
                ])
        }
        room.lastID = id
        room.lastTime = time
        if room.firstID == 0 { room.firstID = 1 }
        if !room.isDirty {
            room.isDirty = true
            dirty.append(room)
        }
        return .message(CommittedMessage(draft, room: room.reference, id: id, time: time))
    }

    /// Writes what the rooms' counters are by now: before another operation reads them, and before the commit.
    func flush() throws {
        for room in dirty {
            try update(room)
            room.isDirty = false
        }
        dirty.removeAll(keepingCapacity: true)
    }

    private func room(named folded: String) throws -> Room? {
        if let known = rooms[folded] { return known }
        let row = try session.row(
            "SELECT id, name, first_id, last_id, last_time FROM room WHERE folded = ?1", [.text(folded)])
        guard let row else { return nil }
        if rooms.count >= Self.mostRooms {
            try flush()
            forget()
        }
        let room = Room(
            reference: RoomReference(id: RoomID(rawValue: try row.integer(0)), name: try row.text(1)),
            firstID: try row.integer(2), lastID: try row.integer(3), lastTime: try row.integer(4))
        rooms[folded] = room
        return room
    }

    private func isMember(_ account: AccountID, of room: Room) throws -> Bool {
        if room.members.contains(account.rawValue) { return true }
        let row = try session.row(
            "SELECT 1 FROM member WHERE room = ?1 AND account = ?2",
            [SQLValue(room.reference.id), .integer(account.rawValue)])
        if row != nil { room.members.insert(account.rawValue) }
        return row != nil
    }

    private func stored(_ key: String, _ draft: MessageDraft, _ room: Room) throws -> (id: Int64, time: Int64)? {
        try session.row(
            "SELECT id, time FROM once WHERE room = ?1 AND account = ?2 AND key = ?3",
            [SQLValue(room.reference.id), .integer(draft.author.rawValue), .text(key)]
        ).map { (try $0.integer(0), try $0.integer(1)) }
    }

    private func insert(room: RoomID, id: Int64, time: Int64, _ draft: MessageDraft) throws {
        let statement =
            try insert
            ?? SQLitePreparedStatement(
                "INSERT INTO message (room, id, time, author, text) VALUES (?1, ?2, ?3, ?4, ?5)", on: database)
        insert = statement
        statement.bind(room.rawValue, at: 1)
        statement.bind(id, at: 2)
        statement.bind(time, at: 3)
        statement.bind(draft.author.rawValue, at: 4)
        try statement.run(text: draft.text, at: 5)
    }

    private func note(_ account: AccountID, spokeIn block: Int64, of room: Room) throws {
        guard !room.speakers.contains(account.rawValue, in: block) else { return }
        let statement =
            try noteSpeaker
            ?? SQLitePreparedStatement(
                "INSERT OR IGNORE INTO spoke (account, room, block) VALUES (?1, ?2, ?3)", on: database)
        noteSpeaker = statement
        statement.bind(account.rawValue, at: 1)
        statement.bind(room.reference.id.rawValue, at: 2)
        statement.bind(block, at: 3)
        try statement.run()
        room.speakers.insert(account.rawValue, in: block)
    }

    private func update(_ room: Room) throws {
        let statement =
            try update
            ?? SQLitePreparedStatement(
                "UPDATE room SET first_id = ?2, last_id = ?3, last_time = ?4 WHERE id = ?1", on: database)
        update = statement
        statement.bind(room.reference.id.rawValue, at: 1)
        statement.bind(room.firstID, at: 2)
        statement.bind(room.lastID, at: 3)
        statement.bind(room.lastTime, at: 4)
        try statement.run()
    }
}
