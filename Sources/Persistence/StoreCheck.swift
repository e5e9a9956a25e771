import GRDB

#if canImport(Glibc)
    import Glibc
#endif

/// Looks whether a database can be used, and changes nothing.
public enum StoreCheck {
    /// What was found.
    public enum Finding: Sendable, Equatable {
        /// There is none yet; the first start makes it.
        case nothing
        /// - Parameter newest: What this version would bring it to.
        case schema(Int, newest: Int)
    }

    /// Must not be called while a daemon uses the file (`DataFolderLock`).
    /// - Throws: `StoreFailure`, in words for the operator.
    public static func sqlite(_ path: String) throws(StoreFailure) -> Finding {
        guard access(path, F_OK) == 0 else { return .nothing }
        var configuration = Configuration()
        // Reading makes an empty log, and only a connection that may write removes it again. Where there is one
        // already, that would be brought into the file.
        configuration.readonly = access(path + "-wal", F_OK) == 0
        do {
            let file = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? file.close() }
            let version = try file.read { database in
                // Also reads the first page, so that a file that is something else is found out.
                _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master")
                guard try String.fetchOne(database, sql: "PRAGMA quick_check(1)") == "ok" else {
                    throw StoreFailure.cannotOpen("\(path): damaged; restore a backup")
                }
                return try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            }
            return try finding(version, newest: SQLiteSchema.steps.count, path)
        } catch let failure as StoreFailure {
            throw failure
        } catch {
            throw .cannotOpen("\(path): \(SQLiteFile.words(of: error))")
        }
    }

    /// - Throws: `StoreFailure`, in words for the operator.
    public static func postgres(_ url: String) throws(StoreFailure) -> Finding {
        do {
            let connection = try PostgresOpening.connect(try PostgresAddress(url))
            let tables = try connection.run([PostgresStatement("SELECT to_regclass('gather_schema')::text")])[0]
            guard tables.first?.optionalText(0) != nil else { return .nothing }
            let rows = try connection.run([PostgresStatement("SELECT max(version) FROM gather_schema")])[0]
            let version = Int(clamping: rows.first?.optionalInteger(0) ?? 0)
            return try finding(version, newest: PostgresSchema.steps.count, "the PostgreSQL database")
        } catch {
            throw PostgresOpening.failure(error)
        }
    }

    private static func finding(_ version: Int, newest: Int, _ what: String) throws(StoreFailure) -> Finding {
        guard version <= newest else {
            throw .cannotOpen(
                "\(what): made by a newer version of this server (schema \(version); this one knows \(newest))")
        }
        return .schema(version, newest: newest)
    }
}
