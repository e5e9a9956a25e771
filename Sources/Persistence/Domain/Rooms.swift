let roomColumns = "r.id, r.name, r.is_open, r.topic, r.created, r.first_id, r.last_id"

extension ReadTransaction {
    public func room(named folded: String) throws -> RoomRecord? {
        try session.row("SELECT \(roomColumns) FROM room r WHERE r.folded = ?1\(rowLock)", [.text(folded)])
            .map(RoomRecord.init(row:))
    }

    public func room(_ id: RoomID) throws -> RoomRecord? {
        try session.row("SELECT \(roomColumns) FROM room r WHERE r.id = ?1\(rowLock)", [SQLValue(id)])
            .map(RoomRecord.init(row:))
    }

    /// The rooms that somebody is in or invited to, by name.
    public func groups(of account: AccountID) throws -> [GroupRecord] {
        try session.rows(
            """
            SELECT \(roomColumns), m.role, (SELECT count(*) FROM member c WHERE c.room = r.id)
            FROM room r
            LEFT JOIN member m ON m.room = r.id AND m.account = ?1
            LEFT JOIN invitation i ON i.room = r.id AND i.account = ?1 AND i.expires > ?2
            WHERE r.id IN (
                SELECT room FROM member WHERE account = ?1
                UNION SELECT room FROM invitation WHERE account = ?1 AND expires > ?2)
            ORDER BY r.folded
            """, [.integer(account.rawValue), .integer(now.milliseconds)]
        ).map { row in
            let role = row.optionalInteger(7).map(Role.init(rank:))
            return GroupRecord(
                room: try RoomRecord(row: row), role: role, isInvited: role == nil,
                members: Int(clamping: try row.integer(8)))
        }
    }

    /// The open rooms that somebody is not in, by name.
    /// - Parameter name: Folded; those behind it.
    public func openRooms(without account: AccountID, after name: String, limit: Int) throws -> [GroupRecord] {
        try session.rows(
            """
            SELECT \(roomColumns), i.expires, (SELECT count(*) FROM member c WHERE c.room = r.id)
            FROM room r
            LEFT JOIN invitation i ON i.room = r.id AND i.account = ?1 AND i.expires > ?2
            WHERE r.is_open = 1 AND r.folded > ?3
                AND NOT EXISTS (SELECT 1 FROM member m WHERE m.room = r.id AND m.account = ?1)
            ORDER BY r.folded LIMIT ?4
            """, [.integer(account.rawValue), .integer(now.milliseconds), .text(name), .integer(Int64(limit))]
        ).map { row in
            GroupRecord(
                room: try RoomRecord(row: row), role: nil, isInvited: row.optionalInteger(7) != nil,
                members: Int(clamping: try row.integer(8)))
        }
    }

    /// The rooms that somebody is a member of, by name.
    public func rooms(of account: AccountID) throws -> [RoomReference] {
        if !rowLock.isEmpty {
            // In the order in which everybody locks rooms.
            try session.execute(
                """
                SELECT r.id FROM room r WHERE r.id IN (SELECT room FROM member WHERE account = ?1)
                ORDER BY r.id\(rowLock)
                """, [.integer(account.rawValue)])
        }
        return try session.rows(
            "SELECT r.id, r.name FROM member m JOIN room r ON r.id = m.room WHERE m.account = ?1 ORDER BY r.folded",
            [.integer(account.rawValue)]
        ).map { RoomReference(id: RoomID(rawValue: try $0.integer(0)), name: try $0.text(1)) }
    }

    public func roomCount(of account: AccountID) throws -> Int {
        Int(
            clamping: try session.number("SELECT count(*) FROM member WHERE account = ?1", [.integer(account.rawValue)])
        )
    }
}

extension WriteTransaction {
    /// The name must be free.
    public func createRoom(name: String, folded: String, topic: String?, owner: AccountID) throws -> RoomRecord {
        let number = try session.number(
            "INSERT INTO room (name, folded, topic, created) VALUES (?1, ?2, ?3, ?4) RETURNING id",
            [.text(name), .text(folded), SQLValue(topic), .integer(now.milliseconds)])
        let id = RoomID(rawValue: number)
        try addMember(room: id, account: owner, role: .owner)
        return RoomRecord(
            reference: RoomReference(id: id, name: name), access: .invite, topic: topic, created: now, firstID: 0,
            lastID: 0)
    }

    public func renameRoom(_ room: RoomID, name: String, folded: String) throws {
        try session.execute(
            "UPDATE room SET name = ?2, folded = ?3 WHERE id = ?1", [SQLValue(room), .text(name), .text(folded)])
    }

    public func setTopic(_ topic: String?, room: RoomID) throws {
        try session.execute("UPDATE room SET topic = ?2 WHERE id = ?1", [SQLValue(room), SQLValue(topic)])
    }

    public func setAccess(_ access: RoomAccess, room: RoomID) throws {
        try session.execute(
            "UPDATE room SET is_open = ?2 WHERE id = ?1", [SQLValue(room), .integer(access == .open ? 1 : 0)])
    }

    /// Erases a room with everything in it. O(what is in it).
    public func eraseRoom(_ room: RoomID) throws {
        try session.execute("DELETE FROM message WHERE room = ?1", [SQLValue(room)])
        try session.execute("DELETE FROM spoke WHERE room = ?1", [SQLValue(room)])
        try session.execute("DELETE FROM once WHERE room = ?1", [SQLValue(room)])
        try session.execute("DELETE FROM room WHERE id = ?1", [SQLValue(room)])
    }
}

extension RoomRecord {
    init(row: SQLRow) throws {
        self.init(
            reference: RoomReference(id: RoomID(rawValue: try row.integer(0)), name: try row.text(1)),
            access: try row.integer(2) != 0 ? .open : .invite, topic: row.optionalText(3),
            created: try row.time(4), firstID: try row.integer(5), lastID: try row.integer(6))
    }
}
