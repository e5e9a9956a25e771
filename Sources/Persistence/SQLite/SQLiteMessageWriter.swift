import GRDB
import GRDBSQLite

/// Stores the messages of batches: the hot path of the writer.
///
/// What it needs to know of a room or of who is in it is looked up once and kept, which is safe as nothing else
/// writes to the file; any other operation makes it forget (`forget`). A message then costs one INSERT of a statement
/// prepared once, and a room one UPDATE a batch.
final class SQLiteMessageWriter {
    private final class Room {
        let reference: RoomReference
        var firstID: Int64
        var lastID: Int64
        var lastTime: Int64
        var isDirty = false
        var members: Set<Int64> = []

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
    private var insert: SQLiteStatement?

    /// Rooms kept at the most; a daemon that saw more forgets all and begins anew.
    private static let mostRooms = 10_000

    init(database: Database) {
        self.database = database
        self.session = SQLiteSession(database: database)
    }

    deinit { sqlite3_finalize(insert) }

    /// Something other than a message was or will be written: what is known may be wrong.
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
            try session.execute(
                "UPDATE room SET first_id = ?2, last_id = ?3, last_time = ?4 WHERE id = ?1",
                [
                    SQLValue(room.reference.id), .integer(room.firstID), .integer(room.lastID),
                    .integer(room.lastTime),
                ])
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

    /// Past GRDB's bookkeeping, which costs more than the insertion itself.
    private func insert(room: RoomID, id: Int64, time: Int64, _ draft: MessageDraft) throws {
        let statement = try preparedInsert()
        sqlite3_bind_int64(statement, 1, room.rawValue)
        sqlite3_bind_int64(statement, 2, id)
        sqlite3_bind_int64(statement, 3, time)
        sqlite3_bind_int64(statement, 4, draft.author.rawValue)
        var text = draft.text
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                // The text stays where it is until the statement was reset, so SQLite need not copy it (SQLITE_STATIC).
                sqlite3_bind_text(statement, 5, characters.baseAddress, CInt(truncatingIfNeeded: characters.count), nil)
                let code = sqlite3_step(statement)
                sqlite3_reset(statement)
                return code
            }
        }
        guard code == SQLITE_DONE else {
            let extended = sqlite3_extended_errcode(database.sqliteConnection)
            throw DatabaseError(resultCode: ResultCode(rawValue: extended), message: "message not stored")
        }
    }

    private func preparedInsert() throws -> SQLiteStatement {
        if let insert { return insert }
        var statement: SQLiteStatement?
        let code = sqlite3_prepare_v3(
            database.sqliteConnection, "INSERT INTO message (room, id, time, author, text) VALUES (?1, ?2, ?3, ?4, ?5)",
            -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "statement not prepared")
        }
        insert = statement
        return statement
    }
}
