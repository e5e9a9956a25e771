extension ReadTransaction {
    /// Whether an invitation by name still waits.
    public func isInvited(room: RoomID, account: AccountID) throws -> Bool {
        try session.row(
            "SELECT 1 FROM invitation WHERE room = ?1 AND account = ?2 AND expires > ?3",
            [SQLValue(room), .integer(account.rawValue), .integer(now.milliseconds)]) != nil
    }

    public func pendingInvitations(of account: AccountID) throws -> [InvitationRecord] {
        try session.rows(
            """
            SELECT r.id, r.name, a.id, a.name FROM invitation i
            JOIN room r ON r.id = i.room JOIN account a ON a.id = i.inviter
            WHERE i.account = ?1 AND i.expires > ?2 ORDER BY r.folded
            """, [.integer(account.rawValue), .integer(now.milliseconds)]
        ).map { row in
            InvitationRecord(
                room: RoomReference(id: RoomID(rawValue: try row.integer(0)), name: try row.text(1)),
                by: AccountReference(id: AccountID(rawValue: try row.integer(2)), name: try row.text(3)))
        }
    }

    /// When somebody invited others by name, oldest first.
    public func invitationTimes(by account: AccountID, since time: Timestamp) throws -> [Timestamp] {
        try session.rows(
            "SELECT time FROM invitation_log WHERE account = ?1 AND time > ?2 ORDER BY time",
            [.integer(account.rawValue), .integer(time.milliseconds)]
        ).map { try $0.time(0) }
    }

    /// Whether somebody was put out and not invited again.
    public func isBarred(_ account: AccountID, from room: RoomID) throws -> Bool {
        try session.row(
            "SELECT 1 FROM barred WHERE room = ?1 AND account = ?2", [SQLValue(room), .integer(account.rawValue)])
            != nil
    }

    public func isValid(inviteCode code: String, room: RoomID) throws -> Bool {
        try session.row(
            "SELECT 1 FROM invite_code WHERE code = ?1 AND room = ?2 AND expires > ?3",
            [.text(code), SQLValue(room), .integer(now.milliseconds)]) != nil
    }

    /// Codes that still let somebody in.
    public func inviteCodeCount(room: RoomID) throws -> Int {
        Int(
            clamping: try session.number(
                "SELECT count(*) FROM invite_code WHERE room = ?1 AND expires > ?2",
                [SQLValue(room), .integer(now.milliseconds)]))
    }
}

extension WriteTransaction {
    /// Invites by name; somebody put out may come back by it.
    public func invite(_ account: AccountID, to room: RoomID, by inviter: AccountID, expires: Timestamp) throws {
        try session.execute(
            "DELETE FROM barred WHERE room = ?1 AND account = ?2", [SQLValue(room), .integer(account.rawValue)])
        try session.execute(
            """
            INSERT INTO invitation (room, account, inviter, expires) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT (room, account) DO UPDATE SET inviter = excluded.inviter, expires = excluded.expires
            """,
            [
                SQLValue(room), .integer(account.rawValue), .integer(inviter.rawValue),
                .integer(expires.milliseconds),
            ])
        try session.execute(
            "INSERT INTO invitation_log (account, time) VALUES (?1, ?2)",
            [.integer(inviter.rawValue), .integer(now.milliseconds)])
    }

    public func removeInvitation(room: RoomID, account: AccountID) throws {
        try session.execute(
            "DELETE FROM invitation WHERE room = ?1 AND account = ?2", [SQLValue(room), .integer(account.rawValue)])
    }

    public func bar(_ account: AccountID, from room: RoomID) throws {
        let key: [SQLValue] = [SQLValue(room), .integer(account.rawValue)]
        try session.execute("DELETE FROM invitation WHERE room = ?1 AND account = ?2", key)
        try session.execute("INSERT INTO barred (room, account) VALUES (?1, ?2) ON CONFLICT DO NOTHING", key)
    }

    public func createInviteCode(_ code: String, room: RoomID, by inviter: AccountID, expires: Timestamp) throws {
        try session.execute(
            "INSERT INTO invite_code (code, room, inviter, expires) VALUES (?1, ?2, ?3, ?4)",
            [.text(code), SQLValue(room), .integer(inviter.rawValue), .integer(expires.milliseconds)])
    }

    public func removeInviteCodes(room: RoomID) throws {
        try session.execute("DELETE FROM invite_code WHERE room = ?1", [SQLValue(room)])
    }

    /// Forgets invitations and codes that have expired, and who invited whom more than a day ago.
    public func forgetInvitations() throws {
        let values: [SQLValue] = [.integer(now.milliseconds)]
        try session.execute("DELETE FROM invitation WHERE expires <= ?1", values)
        try session.execute("DELETE FROM invite_code WHERE expires <= ?1", values)
        try session.execute(
            "DELETE FROM invitation_log WHERE time <= ?1",
            [.integer(now.advanced(byMilliseconds: -86_400_000).milliseconds)])
    }
}
