private let historyQuery = """
    SELECT m.id, m.time, a.name, m.text FROM message m LEFT JOIN account a ON a.id = m.author
    """

extension ReadTransaction {
    /// The messages after an id, oldest first.
    public func history(room: RoomID, after id: Int64, limit: Int) throws -> [HistoryEntry] {
        try session.rows(
            "\(historyQuery) WHERE m.room = ?1 AND m.id > ?2 ORDER BY m.id LIMIT ?3",
            [SQLValue(room), .integer(id), .integer(Int64(limit))]
        ).map(HistoryEntry.init(row:))
    }

    /// The newest messages before an id, or of all, oldest first.
    public func history(room: RoomID, before id: Int64?, limit: Int) throws -> [HistoryEntry] {
        try session.rows(
            "\(historyQuery) WHERE m.room = ?1 AND m.id < ?2 ORDER BY m.id DESC LIMIT ?3",
            [SQLValue(room), .integer(id ?? .max), .integer(Int64(limit))]
        ).reversed().map(HistoryEntry.init(row:))
    }

    /// One person's own messages after an id, oldest first. O(blocks that they lie in).
    public func history(
        room: RoomID, author: AccountID, after id: Int64, limit: Int
    ) throws -> [HistoryEntry] {
        var entries: [HistoryEntry] = []
        var block = MessageBlock.containing(id)
        while entries.count < limit {
            let blocks = try session.rows(
                Self.blocksQuery,
                [.integer(author.rawValue), SQLValue(room), .integer(block), .integer(Int64(limit))]
            ).map { try $0.integer(0) }
            for block in blocks where entries.count < limit {
                entries += try session.rows(
                    Self.ownMessagesQuery,
                    [
                        SQLValue(room), .integer(max(id, MessageBlock.start(of: block))),
                        .integer(MessageBlock.end(of: block)), .integer(author.rawValue),
                        .integer(Int64(limit - entries.count)),
                    ]
                ).map(HistoryEntry.init(row:))
            }
            guard blocks.count == limit, let last = blocks.last else { break }
            block = last &+ 1
        }
        return entries
    }

    static var blocksQuery: String {
        "SELECT block FROM spoke WHERE account = ?1 AND room = ?2 AND block >= ?3 ORDER BY block LIMIT ?4"
    }

    /// A block a statement, not a join over them: whatever a planner believes of the tables, it reads a block.
    static var ownMessagesQuery: String {
        """
        \(historyQuery) WHERE m.room = ?1 AND m.id > ?2 AND m.id <= ?3 AND m.author = ?4 ORDER BY m.id LIMIT ?5
        """
    }
}

extension WriteTransaction {
    /// Deletes a bounded number of messages that are older than a time, and moves the rooms' `firstID` behind them.
    /// - Returns: Whether more are left.
    public func expireMessages(olderThan time: Timestamp, limit: Int) throws -> Bool {
        let rooms = try session.rows(
            """
            SELECT r.id, r.first_id FROM room r JOIN message m ON m.room = r.id AND m.id = r.first_id
            WHERE m.time < ?1 ORDER BY r.id
            """, [.integer(time.milliseconds)])
        var left = limit
        for room in rooms where left > 0 {
            let id = try room.integer(0)
            // Times never run backwards in a room, so its first messages are the ones; no more than those are read.
            let expired = try session.rows(
                "SELECT id, time FROM message WHERE room = ?1 ORDER BY id LIMIT ?2",
                [.integer(id), .integer(Int64(left))]
            ).prefix { try $0.time(1) < time }
            guard let last = try expired.last?.integer(0) else { continue }
            left -= expired.count
            let values: [SQLValue] = [.integer(id), .integer(last)]
            try session.execute("DELETE FROM message WHERE room = ?1 AND id <= ?2", values)
            try session.execute("DELETE FROM once WHERE room = ?1 AND id <= ?2", values)
            try session.execute("UPDATE room SET first_id = CAST(?2 AS BIGINT) + 1 WHERE id = ?1", values)
            try forgetSpeakers(room: id, from: try room.integer(1), to: last &+ 1)
        }
        return left <= 0
    }

    /// The first message of a room moved: blocks in front of it hold nothing any more. Nobody speaks in those, so what
    /// writers remember of the newest block stays true.
    private func forgetSpeakers(room: Int64, from old: Int64, to new: Int64) throws {
        let block = MessageBlock.containing(new)
        guard block > MessageBlock.containing(old) else { return }
        try session.execute("DELETE FROM spoke WHERE room = ?1 AND block < ?2", [.integer(room), .integer(block)])
    }
}

extension HistoryEntry {
    init(row: SQLRow) throws {
        self.init(
            id: try row.integer(0), time: try row.time(1), authorName: row.optionalText(2), text: try row.text(3))
    }
}
