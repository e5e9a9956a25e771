private let memberQuery = """
    SELECT a.id, a.name, a.display_name, m.role, m.joined, m.last_seen, m.mood, m.budget_low, m.budget_high,
           m.budget_currency, m.distance, m.said_none
    FROM member m JOIN account a ON a.id = m.account
    """

extension ReadTransaction {
    public func membership(room: RoomID, account: AccountID) throws -> MemberRecord? {
        try session.row(
            "\(memberQuery) WHERE m.room = ?1 AND m.account = ?2", [SQLValue(room), .integer(account.rawValue)]
        ).map(MemberRecord.init(row:))
    }

    /// All members, by name.
    public func members(room: RoomID) throws -> [MemberRecord] {
        try session.rows("\(memberQuery) WHERE m.room = ?1 ORDER BY a.folded", [SQLValue(room)])
            .map(MemberRecord.init(row:))
    }

    public func member(named folded: String, in room: RoomID) throws -> MemberRecord? {
        try session.row("\(memberQuery) WHERE m.room = ?1 AND a.folded = ?2", [SQLValue(room), .text(folded)])
            .map(MemberRecord.init(row:))
    }

    public func owner(of room: RoomID) throws -> AccountReference? {
        try session.row("\(memberQuery) WHERE m.room = ?1 AND m.role = 2", [SQLValue(room)])
            .map { try MemberRecord(row: $0).account }
    }

    /// Who becomes owner when there is none: the longest-standing organizer, else member.
    public func successor(room: RoomID) throws -> MemberRecord? {
        try session.row("\(memberQuery) WHERE m.room = ?1 ORDER BY m.role DESC, m.sequence LIMIT 1", [SQLValue(room)])
            .map(MemberRecord.init(row:))
    }

    public func memberIDs(room: RoomID) throws -> [AccountID] {
        try session.rows("SELECT account FROM member WHERE room = ?1", [SQLValue(room)])
            .map { AccountID(rawValue: try $0.integer(0)) }
    }

    public func memberCount(room: RoomID) throws -> Int {
        Int(clamping: try session.number("SELECT count(*) FROM member WHERE room = ?1", [SQLValue(room)]))
    }

    /// Why a message of somebody who is not a member is not stored. A stranger may not learn of an invite-only room, nor
    /// somebody whose invitation has expired.
    func refusal(of account: AccountID, in room: RoomReference) throws -> MessageRefusal {
        let mayKnow =
            try self.room(room.id)?.access == .open || isInvited(room: room.id, account: account)
        return mayKnow ? .notAMember(room) : .noSuchRoom
    }
}

extension WriteTransaction {
    /// Makes somebody a member; an invitation has done its work, and a bar is over.
    public func addMember(room: RoomID, account: AccountID, role: Role = .member) throws {
        let key: [SQLValue] = [SQLValue(room), .integer(account.rawValue)]
        try session.execute("DELETE FROM invitation WHERE room = ?1 AND account = ?2", key)
        try session.execute("DELETE FROM barred WHERE room = ?1 AND account = ?2", key)
        try session.execute(
            """
            INSERT INTO member (room, account, role, sequence, joined)
            SELECT ?1, ?2, ?3, coalesce(max(sequence), 0) + 1, ?4 FROM member WHERE room = ?1
            """, key + [.integer(Int64(role.rank)), .integer(now.milliseconds)])
    }

    /// Ends a membership with all planning that belongs to it.
    public func removeMember(room: RoomID, account: AccountID) throws {
        let key: [SQLValue] = [SQLValue(room), .integer(account.rawValue)]
        try session.execute("DELETE FROM availability WHERE room = ?1 AND account = ?2", key)
        try session.execute("DELETE FROM member WHERE room = ?1 AND account = ?2", key)
    }

    public func setRole(_ role: Role, room: RoomID, account: AccountID) throws {
        try session.execute(
            "UPDATE member SET role = ?3 WHERE room = ?1 AND account = ?2",
            [SQLValue(room), .integer(account.rawValue), .integer(Int64(role.rank))])
    }

    /// When the last of somebody's connections stopped listening. Does nothing to those who are no longer members.
    public func setLastSeen(_ time: Timestamp, room: RoomID, account: AccountID) throws {
        try session.execute(
            "UPDATE member SET last_seen = ?3 WHERE room = ?1 AND account = ?2",
            [SQLValue(room), .integer(account.rawValue), .integer(time.milliseconds)])
    }
}

extension MemberRecord {
    init(row: SQLRow) throws {
        var budget: BudgetRecord?
        if let low = row.optionalInteger(7), let high = row.optionalInteger(8), let currency = row.optionalText(9) {
            budget = BudgetRecord(low: low, high: high, currency: currency)
        }
        self.init(
            account: AccountReference(id: AccountID(rawValue: try row.integer(0)), name: try row.text(1)),
            displayName: row.optionalText(2), role: Role(rank: try row.integer(3)), joined: try row.time(4),
            lastSeen: row.optionalTime(5),
            planning: PlanningRecord(
                mood: row.optionalText(6), budget: budget, distanceMetres: row.optionalInteger(10),
                saidNone: try row.integer(11) != 0))
    }
}
