/// A room as locked for a batch.
struct PostgresRoom {
    let reference: RoomReference
    let folded: String
    /// As they were when the room was locked.
    let lockedLastID: Int64
    let lastChange: Int64
    /// With the batch's own messages.
    var lastID: Int64
    var lastTime: Int64

    var id: Int64 { reference.id.rawValue }

    /// Columns: id, name, folded, first_id, last_id, last_time, last_change.
    init(row: SQLRow) throws {
        reference = RoomReference(id: RoomID(rawValue: try row.integer(0)), name: try row.text(1))
        folded = try row.text(2)
        lockedLastID = try row.integer(4)
        lastID = lockedLastID
        lastTime = try row.integer(5)
        lastChange = try row.integer(6)
    }
}

/// A row of the table `spoke`.
struct Spoken: Hashable {
    let account: Int64
    let room: Int64
    let block: Int64
}

/// Who is in which room and who spoke there, as far as senders are concerned. Every way in or out of a room is a change, so what is
/// remembered holds while the room's newest change is the one of then. Used on the message lane's thread only.
final class PostgresRoomMemory {
    private struct Members {
        let room: Int64
        let change: Int64
        var accounts: Set<Int64> = []
    }

    private var rooms: [String: Members] = [:]
    /// By the rooms' ids. Holds whatever changes in a room: nobody takes away rows of a block in which people still speak, but
    /// for those of an account that is erased.
    private var speakers: [Int64: BlockSpeakers] = [:]

    /// Rooms kept at the most; a daemon that saw more forgets all and begins anew.
    private static let mostRooms = 10_000

    func knows(_ account: Int64, in folded: String) -> Bool { rooms[folded]?.accounts.contains(account) ?? false }

    /// What was remembered of a room holds as long as no change was made in it.
    func forgetIfChanged(_ room: PostgresRoom) {
        guard let known = rooms[room.folded], known.change != room.lastChange || known.room != room.id else { return }
        rooms[room.folded] = nil
    }

    func remember(_ account: Int64, in room: PostgresRoom) {
        if rooms.count >= Self.mostRooms, rooms[room.folded] == nil { rooms.removeAll() }
        rooms[room.folded, default: Members(room: room.id, change: room.lastChange)].accounts.insert(account)
    }

    func knows(_ spoken: Spoken) -> Bool {
        speakers[spoken.room]?.contains(spoken.account, in: spoken.block) ?? false
    }

    /// Only what is certain to be committed.
    func remember(_ spoken: some Sequence<Spoken>) {
        for row in spoken {
            if speakers.count >= Self.mostRooms, speakers[row.room] == nil { speakers.removeAll() }
            speakers[row.room, default: BlockSpeakers()].insert(row.account, in: row.block)
        }
    }

    func forgetAll() {
        rooms.removeAll()
        speakers.removeAll()
    }
}
