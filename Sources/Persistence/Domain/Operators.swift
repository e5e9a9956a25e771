/// A sign-up that waits for its mail's token to be used.
public struct PendingSignup: Sendable, Equatable {
    /// The digest of the token.
    public let hash: [UInt8]
    public let username: String
    public let email: String
    public let expires: Timestamp
}

extension ReadTransaction {
    /// Accounts by folded name, those after `name`; for an operator's list.
    public func accounts(after name: String, limit: Int) throws -> [AccountRecord] {
        try session.rows(
            "SELECT \(accountColumns) FROM account WHERE folded > ?1 ORDER BY folded LIMIT ?2",
            [.text(name), .integer(Int64(limit))]
        ).map(AccountRecord.init(row:))
    }

    /// Sign-ups that wait, by time; all of them, or those of one name.
    /// - Parameter name: Folded.
    public func pendingSignups(named name: String?, limit: Int) throws -> [PendingSignup] {
        try session.rows(
            """
            SELECT hash, username, email, expires FROM mail_token
            WHERE purpose = 'signup' AND used_at IS NULL AND expires > ?1 AND (CAST(?2 AS text) IS NULL OR lower(username) = ?2)
            ORDER BY expires, hash LIMIT ?3
            """, [.integer(now.milliseconds), SQLValue(name), .integer(Int64(limit))]
        ).map {
            PendingSignup(
                hash: try $0.bytes(0), username: try $0.text(1), email: try $0.text(2), expires: try $0.time(3))
        }
    }

    /// Rooms by folded name, those after `name`, with how many members each has; for an operator's list.
    public func rooms(after name: String, limit: Int) throws -> [(room: RoomRecord, members: Int)] {
        try session.rows(
            """
            SELECT \(roomColumns), (SELECT count(*) FROM member c WHERE c.room = r.id)
            FROM room r WHERE r.folded > ?1 ORDER BY r.folded LIMIT ?2
            """, [.text(name), .integer(Int64(limit))]
        ).map { (room: try RoomRecord(row: $0), members: Int(clamping: try $0.integer(7))) }
    }
}
