import GRDB
import GRDBSQLite

/// A connection of GRDB as the shared statements see it: prepared and kept by GRDB, run past it, since its rows and
/// values are made for much more than is read here.
struct SQLiteSession: SQLSession {
    let database: Database

    func rows(_ statement: String, _ values: [SQLValue]) throws -> [SQLRow] {
        let prepared = try database.cachedStatement(sql: statement).sqliteStatement
        defer {
            sqlite3_reset(prepared)
            // Texts that were bound are not kept until the next use.
            sqlite3_clear_bindings(prepared)
        }
        for (offset, value) in values.enumerated() {
            try check(bind(value, to: prepared, at: CInt(truncatingIfNeeded: offset &+ 1)), as: SQLITE_OK)
        }
        var rows: [SQLRow] = []
        let columns = sqlite3_column_count(prepared)
        var code = sqlite3_step(prepared)
        while code == SQLITE_ROW {
            rows.append(SQLRow(values: (0..<columns).map { column in Self.value(of: prepared, column) }))
            code = sqlite3_step(prepared)
        }
        try check(code, as: SQLITE_DONE)
        return rows
    }

    /// Runs a reading that sees one moment of the database, and is over when this returns.
    func snapshot<Value>(_ body: () throws -> Value) throws -> Value {
        try execute("BEGIN DEFERRED")
        defer {
            do { try execute("COMMIT") } catch { sqlite3_exec(database.sqliteConnection, "ROLLBACK", nil, nil, nil) }
        }
        return try body()
    }

    private func check(_ code: CInt, as expected: CInt) throws {
        guard code != expected else { return }
        let connection = database.sqliteConnection
        throw DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(connection)),
            message: sqlite3_errmsg(connection).map { String(cString: $0) })
    }

    private func bind(_ value: SQLValue, to statement: SQLiteStatement, at index: CInt) -> CInt {
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let number): return sqlite3_bind_int64(statement, index, number)
        case .text(var text):
            return text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { characters in
                    // No pointer would be NULL.
                    characters.baseAddress.map {
                        sqlite3_bind_text64(
                            statement, index, $0, UInt64(characters.count), Self.transient, UInt8(SQLITE_UTF8))
                    } ?? sqlite3_bind_text(statement, index, "", 0, Self.transient)
                }
            }
        case .bytes(let bytes):
            return bytes.withUnsafeBytes { bytes in
                // No pointer would be NULL.
                bytes.isEmpty
                    ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob64(statement, index, bytes.baseAddress, UInt64(bytes.count), Self.transient)
            }
        }
    }

    /// `SQLITE_TRANSIENT`, a macro that Swift does not see: SQLite copies what it is given.
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    private static func value(of statement: SQLiteStatement, _ column: CInt) -> SQLValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
        case SQLITE_TEXT:
            // The pointer first: it may convert, and the number of bytes is that of what it gave.
            guard let start = sqlite3_column_text(statement, column) else { return .null }
            let count = Int(sqlite3_column_bytes(statement, column))
            return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(statement, column)
            let count = Int(sqlite3_column_bytes(statement, column))
            return .bytes([UInt8](UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)))
        // The schema has no column of another kind.
        default: return .null
        }
    }
}
