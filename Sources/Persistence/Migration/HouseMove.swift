import GRDB

/// Moves everything from an embedded database to PostgreSQL: ids, tokens, windows, and what names the pictures.
///
/// It is one transaction: an interruption leaves the target as it was, and the move is begun again. Before the end both
/// sides are read and compared. A target that holds the same already is a move that was done.
public struct HouseMove: Sendable {
    /// How far it is.
    public struct Progress: Sendable, Equatable {
        public let table: String
        public let rows: Int
        public let total: Int
        /// The rows are being compared; they were copied before.
        public let isComparing: Bool
    }

    public enum Outcome: Sendable, Equatable {
        /// Rows by table.
        case moved([String: Int])
        /// The target held the same already.
        case wasMoved([String: Int])
    }

    public enum Failure: Error, Sendable, Equatable {
        /// The target has content of its own.
        case targetInUse
        /// After the copy, the two sides differ in this table; nothing was stored.
        case differs(String)
    }

    static let rowsAPage = 1_000

    private let source: String
    private let target: String
    private let hash: @Sendable ([UInt8]) -> [UInt8]
    private let report: @Sendable (Progress) -> Void

    /// - Parameters:
    ///   - source: The file of an embedded database that no daemon uses (`DataFolderLock`).
    ///   - target: A `postgres://` URL.
    ///   - hash: A cryptographic digest.
    ///   - report: Called after each page.
    public init(
        from source: String, to target: String, hash: @escaping @Sendable ([UInt8]) -> [UInt8],
        report: @escaping @Sendable (Progress) -> Void
    ) {
        self.source = source
        self.target = target
        self.hash = hash
        self.report = report
    }

    /// Blocks for as long as it takes. O(rows), a page in memory at a time.
    /// - Throws: `Failure`; `StoreFailure` in words for the operator.
    public func run() throws -> Outcome {
        do {
            let pool = try SQLiteFile.open(source)
            defer { try? pool.close() }
            let connection = try PostgresOpening.open(try PostgresAddress(target))
            return try pool.read { database in try move(database, to: connection) }
        } catch let failure as PostgresFailure {
            throw StoreFailure.unavailable("the target: \(failure.words)")
        } catch let error as DatabaseError {
            throw StoreFailure.cannotOpen("\(source): \(SQLiteFile.words(of: error))")
        }
    }

    private func move(_ database: Database, to connection: PostgresConnection) throws -> Outcome {
        let totals = try MovedTable.all.map { table in
            try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table.name)") ?? 0
        }
        _ = try connection.run([
            .begin,
            // No daemon writes anything meanwhile, and no second move.
            PostgresStatement("LOCK TABLE \(MovedTable.all.map(\.name).joined(separator: ", ")) IN EXCLUSIVE MODE"),
        ])
        let isEmpty = try isEmpty(connection)
        var digests: [TableDigest] = []
        for (table, total) in zip(MovedTable.all, totals) {
            digests.append(try read(table, total, database, copyingTo: isEmpty ? connection : nil))
        }
        for ((table, total), digest) in zip(zip(MovedTable.all, totals), digests) {
            guard try self.digest(table, total, of: connection) == digest else {
                throw isEmpty ? Failure.differs(table.name) : Failure.targetInUse
            }
        }
        for table in MovedTable.all where isEmpty && table.givesIDs { try passOn(table, database, connection) }
        _ = try connection.run([.commit])
        let rows = Dictionary(uniqueKeysWithValues: zip(MovedTable.all.map(\.name), digests.map(\.rows)))
        return isEmpty ? .moved(rows) : .wasMoved(rows)
    }

    private func isEmpty(_ connection: PostgresConnection) throws -> Bool {
        for table in MovedTable.all {
            let rows = try connection.run([PostgresStatement("SELECT 1 FROM \(table.name) LIMIT 1")])[0]
            guard rows.isEmpty else { return false }
        }
        return true
    }

    /// Reads a table of the source, and copies it where there is somewhere to copy it to.
    private func read(
        _ table: MovedTable, _ total: Int, _ database: Database, copyingTo connection: PostgresConnection?
    ) throws -> TableDigest {
        var digest = TableDigest()
        let cursor = try Row.fetchCursor(database, sql: table.query)
        var page: [[SQLValue]] = []
        while true {
            let row = try cursor.next()
            if let row { page.append(row.databaseValues.map(SQLValue.init(databaseValue:))) }
            guard page.count == Self.rowsAPage || row == nil else { continue }
            if page.isEmpty { return digest }
            try connection.map { try insert(page, into: table, $0) }
            digest.add(page, hash: hash)
            report(Progress(table: table.name, rows: digest.rows, total: total, isComparing: connection == nil))
            page.removeAll(keepingCapacity: true)
        }
    }

    private func insert(_ page: [[SQLValue]], into table: MovedTable, _ connection: PostgresConnection) throws {
        let columns = table.columns.indices.map { column in
            PostgresParameter.column(page.map { $0[column] }, table.columns[column].kind)
        }
        _ = try connection.run([PostgresStatement(table.insertion, columns)])
    }

    private func digest(_ table: MovedTable, _ total: Int, of connection: PostgresConnection) throws -> TableDigest {
        var digest = TableDigest()
        let name = "move_\(table.name)"
        _ = try connection.run([PostgresStatement("DECLARE \(name) CURSOR FOR \(table.query)")])
        while true {
            let page = try connection.run([PostgresStatement("FETCH \(Self.rowsAPage) FROM \(name)")])[0]
            guard !page.isEmpty else { break }
            digest.add(page.map(\.values), hash: hash)
            report(Progress(table: table.name, rows: digest.rows, total: total, isComparing: true))
        }
        _ = try connection.run([PostgresStatement("CLOSE \(name)")])
        return digest
    }

    /// Ids that were given once, also to what is gone by now, are not given again.
    private func passOn(_ table: MovedTable, _ database: Database, _ connection: PostgresConnection) throws {
        let last = try Int64.fetchOne(
            database, sql: "SELECT seq FROM sqlite_sequence WHERE name = ?", arguments: [table.name])
        guard let last, last > 0 else { return }
        _ = try connection.run([
            PostgresStatement(
                "SELECT setval(pg_get_serial_sequence('\(table.name)', 'id'), $1)", [.value(.integer(last))])
        ])
    }
}

extension SQLValue {
    fileprivate init(databaseValue: DatabaseValue) {
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
