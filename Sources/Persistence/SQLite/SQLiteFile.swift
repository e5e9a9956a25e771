import Foundation
import GRDB

/// How the file is opened, and what errors of SQLite mean.
enum SQLiteFile {
    /// What must hold of every writing connection (reliability.md, rule 1), as SQLite reports it.
    static let pragmas: [(name: String, setting: String, reads: String)] = [
        ("journal_mode", "WAL", "wal"),
        ("synchronous", "FULL", "2"),
        ("foreign_keys", "ON", "1"),
        ("busy_timeout", "5000", "5000"),
        ("wal_autocheckpoint", "1000", "1000"),
        ("journal_size_limit", "67108864", "67108864"),
        ("mmap_size", "0", "0"),
        ("trusted_schema", "OFF", "0"),
    ]

    /// - Throws: `StoreFailure.cannotOpen`, or SQLite's own error.
    static func open(_ path: String) throws -> DatabasePool {
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { database in
            // GRDB sets synchronous=NORMAL when it switches to WAL, after its hook: so here, and read back.
            for pragma in pragmas { try database.execute(sql: "PRAGMA \(pragma.name) = \(pragma.setting)") }
            for pragma in pragmas {
                guard try readBack(pragma.name, database) == pragma.reads else {
                    throw StoreFailure.cannotOpen("\(path): SQLite does not take \(pragma.name) = \(pragma.setting)")
                }
            }
            try migrate(database, path)
        }
        return pool
    }

    /// Connections that only read a file which `open` has opened and brought up to date.
    static func openReaders(_ path: String, count: Int) throws -> [DatabaseQueue] {
        var configuration = configuration
        configuration.readonly = true
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA cache_size = -\(readerCacheKiB)")
        }
        return try (0..<count).map { number in
            configuration.label = "gather.reader-\(number)"
            return try DatabaseQueue(path: path, configuration: configuration)
        }
    }

    /// Each commit empties the caches of all other connections, so that they hold what one reading comes back to: inner
    /// pages, and no old messages. Whatever else is read often is in the system's own cache.
    private static let readerCacheKiB = 256

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "gather"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        // Readers as well: nothing that a file says may run a function of its own, and no page is read by mapping.
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
            try database.execute(sql: "PRAGMA mmap_size = 0")
            // GRDB lets readers wait for 10 s.
            try database.execute(sql: "PRAGMA busy_timeout = 5000")
        }
        // Batches and readings end their transactions themselves; see `SQLiteBatch` and `SQLiteSession.snapshot`.
        configuration.allowsUnsafeTransactions = true
        return configuration
    }

    private static func readBack(_ name: String, _ database: Database) throws -> String? {
        try Row.fetchOne(database, sql: "PRAGMA \(name)").flatMap { row in
            row.databaseValues.first.flatMap { value in
                String.fromDatabaseValue(value) ?? Int64.fromDatabaseValue(value).map(String.init)
            }
        }
    }

    private static func migrate(_ database: Database, _ path: String) throws {
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let newest = SQLiteSchema.steps.count
        guard version <= newest else {
            throw StoreFailure.cannotOpen(
                "\(path): made by a newer version of this server (schema \(version); this one knows \(newest))")
        }
        for step in version..<newest {
            try database.inTransaction(.immediate) {
                for statement in SQLiteSchema.steps[step] { try database.execute(sql: statement) }
                try database.execute(sql: "PRAGMA user_version = \(step + 1)")
                return .commit
            }
        }
    }

    /// SQLite's words alone: GRDB's own description would show the statement and its values.
    static func words(of error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(type(of: error))" }
        return "SQLite error \(error.extendedResultCode)"
    }

    /// The transaction cannot go on after these.
    static func endsTransaction(_ error: DatabaseError) -> Bool {
        [
            .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_READONLY,
            .SQLITE_INTERRUPT,
        ]
        .contains(error.resultCode)
    }

    /// After an fsync that failed, what is on disk is not known any more; a damaged file must not be written to.
    static func isFatal(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return [.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC].contains(error.extendedResultCode)
            || [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    }
}
