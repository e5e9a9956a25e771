/// What a presented token is.
public struct TokenRecord: Sendable, Equatable {
    public let family: TokenFamilyRecord
    /// Counts up with each refresh.
    public let pair: Int64
    public let isRefresh: Bool
    public let expires: Timestamp
    /// The highest pair of the family of which a token was used.
    public let usedPair: Int64

    /// A token of a later pair was used: this refresh token is spent.
    public var isSpent: Bool { isRefresh && pair < usedPair }
}

// A family is all pairs that came from one TOKEN ISSUE. A refresh gives a pair one higher than the one presented and
// ends any other such pair, which nobody used. Once a token of a pair is used, the refresh tokens of all lower pairs
// are spent. Access tokens stay good until they expire, their pair dies or their family is revoked.
extension ReadTransaction {
    /// A token by the digest of its text, expired and spent ones included.
    public func token(hash: [UInt8]) throws -> TokenRecord? {
        let row = try session.row(
            """
            SELECT f.id, f.account, f.name, f.created, f.last_used, f.refresh_expires,
                   t.pair, t.is_refresh, t.expires, f.used_pair
            FROM token t JOIN token_family f ON f.id = t.family WHERE t.hash = ?1\(rowLock)
            """, [.bytes(hash)])
        guard let row else { return nil }
        let pair = try row.integer(6)
        let isRefresh = try row.integer(7) != 0
        return TokenRecord(
            family: try TokenFamilyRecord(row: row), pair: pair, isRefresh: isRefresh, expires: try row.time(8),
            usedPair: try row.integer(9))
    }

    /// The named tokens of an account whose refresh token has not expired, by name.
    public func tokenFamilies(of account: AccountID) throws -> [TokenFamilyRecord] {
        try session.rows(
            """
            SELECT id, account, name, created, last_used, refresh_expires FROM token_family
            WHERE account = ?1 AND refresh_expires > ?2 ORDER BY folded
            """, [.integer(account.rawValue), .integer(now.milliseconds)]
        ).map(TokenFamilyRecord.init(row:))
    }

    public func tokenFamily(of account: AccountID, named folded: String) throws -> TokenFamilyRecord? {
        try session.row(
            """
            SELECT id, account, name, created, last_used, refresh_expires FROM token_family
            WHERE account = ?1 AND folded = ?2
            """, [.integer(account.rawValue), .text(folded)]
        ).map(TokenFamilyRecord.init(row:))
    }
}

extension WriteTransaction {
    /// Begins a family; one of the same name must have been revoked before.
    /// - Returns: Its number.
    public func createTokenFamily(
        account: AccountID, name: String, folded: String, refreshExpires: Timestamp
    ) throws -> Int64 {
        try session.number(
            """
            INSERT INTO token_family (account, name, folded, created, refresh_expires)
            VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id
            """,
            [
                .integer(account.rawValue), .text(name), .text(folded), .integer(now.milliseconds),
                .integer(refreshExpires.milliseconds),
            ])
    }

    /// Adds a pair; those with the same number or a higher one, which nobody used, die.
    public func addTokenPair(
        family: Int64, pair: Int64, access: [UInt8], accessExpires: Timestamp, refresh: [UInt8],
        refreshExpires: Timestamp
    ) throws {
        try session.execute(
            "DELETE FROM token WHERE family = ?1 AND pair >= ?2", [.integer(family), .integer(pair)])
        let statement = "INSERT INTO token (hash, family, is_refresh, pair, expires) VALUES (?1, ?2, ?3, ?4, ?5)"
        try session.execute(
            statement,
            [.bytes(access), .integer(family), .integer(0), .integer(pair), .integer(accessExpires.milliseconds)])
        try session.execute(
            statement,
            [.bytes(refresh), .integer(family), .integer(1), .integer(pair), .integer(refreshExpires.milliseconds)])
        try session.execute(
            "UPDATE token_family SET refresh_expires = ?2 WHERE id = ?1",
            [.integer(family), .integer(refreshExpires.milliseconds)])
    }

    /// A token of this pair was used: refresh tokens of lower pairs are spent from here on.
    public func useTokenPair(family: Int64, pair: Int64) throws {
        try session.execute(
            """
            UPDATE token_family SET last_used = ?3, used_pair = CASE WHEN used_pair < ?2 THEN ?2 ELSE used_pair END
            WHERE id = ?1
            """, [.integer(family), .integer(pair), .integer(now.milliseconds)])
    }

    public func revokeTokenFamily(_ family: Int64) throws {
        try session.execute("DELETE FROM token_family WHERE id = ?1", [.integer(family)])
    }

    public func revokeAllTokens(of account: AccountID) throws {
        try session.execute("DELETE FROM token_family WHERE account = ?1", [.integer(account.rawValue)])
    }

    /// Forgets families whose refresh token expired some time ago, and access tokens likewise.
    public func forgetTokens(expiredBefore time: Timestamp) throws {
        try session.execute("DELETE FROM token_family WHERE refresh_expires < ?1", [.integer(time.milliseconds)])
        try session.execute(
            "DELETE FROM token WHERE expires < ?1", [.integer(time.milliseconds)])
    }
}

extension TokenFamilyRecord {
    init(row: SQLRow) throws {
        self.init(
            id: try row.integer(0), account: AccountID(rawValue: try row.integer(1)), name: try row.text(2),
            created: try row.time(3), lastUsed: row.optionalTime(4), refreshExpires: try row.time(5))
    }
}
