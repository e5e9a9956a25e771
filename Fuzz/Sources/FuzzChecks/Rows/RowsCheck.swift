import GRDB

@testable import Persistence

/// Runs an input through what reads rows of SQLite, and ends the process where a promise is broken.
///
/// The first byte says which: a row of any values as any record, or texts and numbers that are stored by the store's own
/// statements, read back, and then damaged.
package func checkRows(_ input: UnsafeBufferPointer<UInt8>) {
    var reader = InputReader(input)
    let isRow = reader.flag()
    do {
        try scratch().inDatabase { database in
            let session = SQLiteSession(database: database)
            if isRow { try checkRow(&reader, session) } else { try checkStored(&reader, session) }
        }
    } catch {
        require(false, "SQLite itself refuses: \(error)")
    }
}

/// A database in memory with the tables of a new server.
private func scratch() throws -> DatabaseQueue {
    if let known = Scratch.queue { return known }
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let queue = try DatabaseQueue(configuration: configuration)
    try queue.inDatabase { database in
        try database.execute(sql: "PRAGMA foreign_keys = ON")
        for statement in SQLiteSchema.steps.joined() { try database.execute(sql: statement) }
    }
    Scratch.queue = queue
    return queue
}

private enum Scratch {
    /// Used by one input at a time; what each leaves is undone.
    nonisolated(unsafe) static var queue: DatabaseQueue?
}

/// A row of any values, as SQLite would give it out of a file that somebody damaged.
private func checkRow(_ reader: inout InputReader, _ session: SQLiteSession) throws {
    let values = (0..<reader.number(below: 14)).map { _ in DamagedValue(&reader) }
    guard !values.isEmpty else { return }
    let columns = values.indices.map { column in
        let (value, kind) = ("?\(2 * column + 1)", "?\(2 * column + 2)")
        return "CASE \(kind) WHEN 0 THEN \(value) WHEN 1 THEN CAST(\(value) AS TEXT) ELSE CAST(\(value) AS REAL) END"
    }
    let rows = try session.rows(
        "SELECT \(columns.joined(separator: ", "))", values.flatMap { [$0.bound, .integer($0.kind)] })
    guard let row = rows.first, rows.count == 1 else { return require(false, "A row was lost.") }
    let expected = values.map(\.read)
    require(row.values == expected, "\(expected) was read as \(row.values)")
    checkColumns(row, expected)
    for form in RecordForm.all { form.check(row, expected) }
}

/// Each reading of a column gives what is there, or says that it is not there.
private func checkColumns(_ row: SQLRow, _ values: [SQLValue]) {
    for column in 0..<values.count + 2 {
        let value = values.indices.contains(column) ? values[column] : .null
        let (number, text, bytes) = (value.number, value.words, value.blob)
        require(row.optionalInteger(column) == number && row.optionalText(column) == text, "A column read wrongly.")
        require(row.optionalTime(column)?.milliseconds == number, "A time read wrongly.")
        require((try? row.integer(column)) == number && (try? row.text(column)) == text, "A column read wrongly.")
        require((try? row.bytes(column)) == bytes, "Bytes read wrongly.")
        require((try? row.time(column))?.milliseconds == number, "A time read wrongly.")
    }
}

/// A value of a row, and what must be read of it.
struct DamagedValue {
    let bound: SQLValue
    /// 0 as it is bound, 1 as text, 2 as a number with a point.
    let kind: Int64
    let read: SQLValue

    init(_ reader: inout InputReader) {
        let shape = reader.byte()
        switch shape % 6 {
        case 0: (bound, kind, read) = (.null, 0, .null)
        case 1:
            let number = reader.integer()
            (bound, kind, read) = (.integer(number), 0, .integer(number))
        case 2:
            let number = Int64(Int8(bitPattern: reader.byte()))
            (bound, kind, read) = (.integer(number), 0, .integer(number))
        case 3: (bound, kind, read) = (.integer(reader.integer()), 2, .null)
        case 4:
            let bytes = reader.bytes(reader.number(below: 40))
            // A blob of no bytes is not the same as no blob, but it is read as one or the other.
            (bound, kind, read) = (.bytes(bytes), 0, .bytes(bytes))
        default:
            let bytes = reader.bytes(reader.number(below: 200))
            (bound, kind, read) = (.bytes(bytes), 1, .text(Self.mended(bytes)))
        }
    }

    /// All of it, also behind a NUL; what is not UTF-8 becomes U+FFFD.
    static func mended(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension SQLValue {
    var number: Int64? { if case .integer(let number) = self { number } else { nil } }
    var words: String? { if case .text(let text) = self { text } else { nil } }
    var blob: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
}
