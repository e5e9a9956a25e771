let accountColumns =
    "id, name, email, password, zone, display_name, created, avatar_digest, avatar_bytes"

extension ReadTransaction {
    public func account(named folded: String) throws -> AccountRecord? {
        try session.row("SELECT \(accountColumns) FROM account WHERE folded = ?1\(rowLock)", [.text(folded)])
            .map(AccountRecord.init(row:))
    }

    public func account(email folded: String) throws -> AccountRecord? {
        try session.row("SELECT \(accountColumns) FROM account WHERE email_folded = ?1\(rowLock)", [.text(folded)])
            .map(AccountRecord.init(row:))
    }

    public func account(_ id: AccountID) throws -> AccountRecord? {
        try session.row("SELECT \(accountColumns) FROM account WHERE id = ?1\(rowLock)", [.integer(id.rawValue)])
            .map(AccountRecord.init(row:))
    }

    /// Whether any account has this picture.
    public func isUsed(avatarDigest: String) throws -> Bool {
        try session.row("SELECT 1 FROM account WHERE avatar_digest = ?1 LIMIT 1", [.text(avatarDigest)]) != nil
    }
}

extension WriteTransaction {
    /// The names and the address must be free; the transaction fails otherwise.
    public func createAccount(
        username: String, folded: String, email: String, emailFolded: String, password: String,
        avatarDigest: String, avatarBytes: Int
    ) throws -> AccountRecord {
        let id = try session.number(
            """
            INSERT INTO account (name, folded, email, email_folded, password, created, avatar_digest, avatar_bytes)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id
            """,
            [
                .text(username), .text(folded), .text(email), .text(emailFolded), .text(password),
                .integer(now.milliseconds), .text(avatarDigest), .integer(Int64(avatarBytes)),
            ])
        return AccountRecord(
            reference: AccountReference(id: AccountID(rawValue: id), name: username), email: email,
            password: password, zone: "UTC", displayName: nil, created: now, avatarDigest: avatarDigest,
            avatarBytes: avatarBytes)
    }

    public func setPassword(_ hash: String, account: AccountID) throws {
        try session.execute(
            "UPDATE account SET password = ?2 WHERE id = ?1", [.integer(account.rawValue), .text(hash)])
    }

    public func setZone(_ zone: String, account: AccountID) throws {
        try session.execute(
            "UPDATE account SET zone = ?2 WHERE id = ?1", [.integer(account.rawValue), .text(zone)])
    }

    public func setDisplayName(_ name: String?, account: AccountID) throws {
        try session.execute(
            "UPDATE account SET display_name = ?2 WHERE id = ?1", [.integer(account.rawValue), SQLValue(name)])
    }

    public func setEmail(_ email: String, folded: String, account: AccountID) throws {
        try session.execute(
            "UPDATE account SET email = ?2, email_folded = ?3 WHERE id = ?1",
            [.integer(account.rawValue), .text(email), .text(folded)])
    }

    public func setAvatar(digest: String, bytes: Int, account: AccountID) throws {
        try session.execute(
            "UPDATE account SET avatar_digest = ?2, avatar_bytes = ?3 WHERE id = ?1",
            [.integer(account.rawValue), .text(digest), .integer(Int64(bytes))])
    }

    /// Erases the account, its tokens, invitations and what is left of its planning; its messages lose their author.
    /// O(blocks of messages in which it spoke).
    public func eraseAccount(_ account: AccountID) throws {
        // What refers to accounts without a foreign key in one of the stores.
        try disown(account)
        try session.execute("DELETE FROM once WHERE account = ?1", [.integer(account.rawValue)])
        try session.execute("DELETE FROM account WHERE id = ?1", [.integer(account.rawValue)])
    }

    /// First the messages, then what says where they are: the order in which retention takes them.
    private func disown(_ account: AccountID) throws {
        let blocks = try session.rows(
            "SELECT room, block FROM spoke WHERE account = ?1 ORDER BY room, block", [.integer(account.rawValue)])
        for row in blocks {
            let block = try row.integer(1)
            try session.execute(
                Self.disowning,
                [
                    .integer(try row.integer(0)), .integer(MessageBlock.start(of: block)),
                    .integer(MessageBlock.end(of: block)), .integer(account.rawValue),
                ])
        }
        try session.execute("DELETE FROM spoke WHERE account = ?1", [.integer(account.rawValue)])
    }

    static var disowning: String {
        "UPDATE message SET author = NULL WHERE room = ?1 AND id > ?2 AND id <= ?3 AND author = ?4"
    }
}

extension AccountRecord {
    init(row: SQLRow) throws {
        self.init(
            reference: AccountReference(id: AccountID(rawValue: try row.integer(0)), name: try row.text(1)),
            email: try row.text(2), password: try row.text(3), zone: try row.text(4),
            displayName: row.optionalText(5), created: try row.time(6), avatarDigest: try row.text(7),
            avatarBytes: Int(clamping: try row.integer(8)))
    }
}
