import Foundation
import GRDB

/// A connection of GRDB as the shared statements see it.
struct SQLiteSession: SQLSession {
    let database: Database

    func rows(_ statement: String, _ values: [SQLValue]) throws -> [SQLRow] {
        let prepared = try database.cachedStatement(sql: statement)
        prepared.setUncheckedArguments(StatementArguments(values.map(\.databaseValue)))
        guard prepared.columnCount > 0 else {
            try prepared.execute()
            return []
        }
        var rows: [SQLRow] = []
        let cursor = try Row.fetchCursor(prepared)
        while let row = try cursor.next() {
            rows.append(SQLRow(values: row.databaseValues.map(SQLValue.init(databaseValue:))))
        }
        return rows
    }
}

extension SQLValue {
    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }

    init(databaseValue: DatabaseValue) {
        switch databaseValue.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .bytes([UInt8](data))
        // The schema has no column of this kind.
        case .double: self = .null
        }
    }
}
