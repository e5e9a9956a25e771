/// One connection to a database, used by one thread at a time.
///
/// The statements are written once, in what SQLite and PostgreSQL both understand, with `?1`, `?2` … for values.
protocol SQLSession {
    /// Runs a statement, prepared once.
    /// - Throws: `StoreFailure`, or the engine's own error, which the store translates.
    func rows(_ statement: String, _ values: [SQLValue]) throws -> [SQLRow]

    /// Who listens in a room on any daemon of a database that several share.
    func listeners(in room: RoomID) throws -> Set<AccountID>
}

extension SQLSession {
    /// Nobody in one that is not shared.
    func listeners(in room: RoomID) throws -> Set<AccountID> { [] }

    func execute(_ statement: String, _ values: [SQLValue] = []) throws {
        _ = try rows(statement, values)
    }

    func row(_ statement: String, _ values: [SQLValue] = []) throws -> SQLRow? {
        try rows(statement, values).first
    }

    /// The first column of the first row, where there must be one.
    func number(_ statement: String, _ values: [SQLValue] = []) throws -> Int64 {
        guard let row = try row(statement, values) else {
            throw StoreFailure.unavailable("no row where there must be one")
        }
        return try row.integer(0)
    }
}
