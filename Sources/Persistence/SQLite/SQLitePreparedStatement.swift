import GRDB
import GRDBSQLite

/// A statement of the hot path, prepared once and kept, past GRDB: whose bookkeeping costs more than the statement.
/// Used on the thread of its connection only.
final class SQLitePreparedStatement {
    private let database: Database
    private let statement: SQLiteStatement

    /// - Throws: Errors of SQLite.
    init(_ sql: String, on database: Database) throws {
        var statement: SQLiteStatement?
        let code = sqlite3_prepare_v3(
            database.sqliteConnection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "statement not prepared")
        }
        self.database = database
        self.statement = statement
    }

    deinit { sqlite3_finalize(statement) }

    /// - Parameter index: Of the parameter, from 1 on.
    func bind(_ integer: Int64, at index: CInt) { sqlite3_bind_int64(statement, index, integer) }

    /// Runs it to its end, with what was bound.
    func run() throws { try check(step()) }

    /// As `run`, with a text as the parameter with this index.
    func run(text: String, at index: CInt) throws {
        var text = text
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                // The text stays where it is until the statement was reset, so SQLite need not copy it (SQLITE_STATIC).
                sqlite3_bind_text(
                    statement, index, characters.baseAddress, CInt(truncatingIfNeeded: characters.count), nil)
                return step()
            }
        }
        try check(code)
    }

    private func step() -> CInt {
        let code = sqlite3_step(statement)
        sqlite3_reset(statement)
        return code
    }

    private func check(_ code: CInt) throws {
        guard code == SQLITE_DONE else {
            let extended = sqlite3_extended_errcode(database.sqliteConnection)
            throw DatabaseError(resultCode: ResultCode(rawValue: extended), message: "statement failed")
        }
    }
}
