/// What one look at the log brought: one snapshot of all changes that may be new, and of the messages of some rooms.
struct RoomLogReading {
    struct ChangeRow {
        let id: Int64
        let transaction: Int64
        /// 0 for none.
        let room: Int64
        /// The room's newest message when the change was made; 0 where it does not matter any more.
        let after: Int64
        let payload: String
        let node: Int64
        let origin: Origin
    }

    struct MessageRow {
        let room: Int64
        let id: Int64
        let time: Timestamp
        /// `nil` where the account is gone.
        let author: String?
        let text: String
    }

    /// By id.
    var changes: [ChangeRow] = []
    /// By room and id.
    var messages: [MessageRow] = []
    /// All transactions before this one have ended: what they wrote is in this reading or was in an earlier one.
    var oldestRunning: Int64 = 0
    /// More messages are left.
    var isFull = false
}

extension RoomLogReading {
    /// From where on to read.
    struct Position {
        var transaction: Int64
        var rooms: [(room: Int64, after: Int64)]
    }

    /// Messages a reading at the most.
    static let mostMessages = 2_000

    /// One statement, so one snapshot. Rows of three kinds: 0 a change, 1 a message, 2 the position.
    private static let query = """
        SELECT 0::bigint AS kind, c.id AS id, c.room AS room, c.after_id AS number, c.payload AS text,
               NULL::text AS name, c.node AS node, c.connection AS connection, c.loop AS loop, c.xid AS xid
        FROM change c WHERE c.xid >= $1
        UNION ALL
        (SELECT 1, m.id, m.room, m.time, m.text, a.name, 0, 0, 0, 0
        FROM unnest($2::bigint[], $3::bigint[]) AS f (room, after)
        CROSS JOIN LATERAL (
            SELECT * FROM message WHERE message.room = f.room AND message.id > f.after
            ORDER BY message.id LIMIT \(mostMessages)) m
        LEFT JOIN account a ON a.id = m.author ORDER BY m.room, m.id LIMIT \(mostMessages))
        UNION ALL
        SELECT 2, pg_snapshot_xmin(pg_current_snapshot())::text::bigint, 0, 0, NULL, NULL, 0, 0, 0, 0
        ORDER BY kind, room, id
        """

    /// - Throws: `PostgresFailure`.
    static func read(_ connection: PostgresConnection, from position: Position) throws -> RoomLogReading {
        let statement = PostgresStatement(
            query,
            [
                .value(.integer(position.transaction)), .integers(position.rooms.map(\.room)),
                .integers(position.rooms.map(\.after)),
            ])
        var reading = RoomLogReading()
        for row in try connection.run([statement])[0] {
            switch try row.integer(0) {
            case 0: reading.changes.append(try change(row))
            case 1: reading.messages.append(try message(row))
            default: reading.oldestRunning = try row.integer(1)
            }
        }
        reading.changes.sort { $0.id < $1.id }
        reading.isFull = reading.messages.count >= mostMessages
        return reading
    }

    private static func change(_ row: SQLRow) throws -> ChangeRow {
        ChangeRow(
            id: try row.integer(1), transaction: try row.integer(9), room: try row.integer(2),
            after: try row.integer(3), payload: try row.text(4), node: try row.integer(6),
            origin: Origin(
                connection: UInt64(bitPattern: try row.integer(7)), loop: Int(clamping: try row.integer(8))))
    }

    private static func message(_ row: SQLRow) throws -> MessageRow {
        MessageRow(
            room: try row.integer(2), id: try row.integer(1),
            time: Timestamp(milliseconds: try row.integer(3)), author: row.optionalText(5),
            text: try row.text(4))
    }
}
