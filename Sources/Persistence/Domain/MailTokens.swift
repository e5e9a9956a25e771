extension ReadTransaction {
    /// A mailed token by the digest of its text, used and expired ones included.
    public func mailToken(hash: [UInt8]) throws -> MailTokenRecord? {
        let row = try session.row(
            "SELECT purpose, account, username, email, password, expires, used_at FROM mail_token WHERE hash = ?1\(rowLock)",
            [.bytes(hash)])
        guard let row, let purpose = MailPurpose(rawValue: try row.text(0)) else { return nil }
        return MailTokenRecord(
            purpose: purpose, account: row.optionalInteger(1).map(AccountID.init(rawValue:)),
            username: try row.text(2), email: try row.text(3), password: row.optionalText(4),
            expires: try row.time(5), usedAt: row.optionalTime(6))
    }
}

extension WriteTransaction {
    public func createMailToken(hash: [UInt8], _ record: MailTokenRecord) throws {
        try session.execute(
            """
            INSERT INTO mail_token (hash, purpose, account, username, email, password, expires)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """,
            [
                .bytes(hash), .text(record.purpose.rawValue), SQLValue(record.account), .text(record.username),
                .text(record.email), SQLValue(record.password), .integer(record.expires.milliseconds),
            ])
    }

    /// Good once: the password that waited with it is forgotten at the same time.
    public func useMailToken(hash: [UInt8]) throws {
        try session.execute(
            "UPDATE mail_token SET used_at = ?2, password = NULL WHERE hash = ?1",
            [.bytes(hash), .integer(now.milliseconds)])
    }

    /// Forgets mailed tokens some time after they expired; until then they answer as expired ones.
    public func forgetMailTokens(expiredBefore time: Timestamp) throws {
        try session.execute("DELETE FROM mail_token WHERE expires < ?1", [.integer(time.milliseconds)])
    }
}
