import GRDB
import GRDBSQLite

/// Moves pages from the write-ahead log into the file, between batches.
///
/// SQLite's automatic checkpoint runs inside COMMIT, where everybody in the batch waits for it, and drops its errors
/// (`sqlite3WalDefaultHook`): after an fsync that failed, the next one may succeed without the lost pages, and the log
/// that still had them is begun anew. So this takes its place, at the same threshold: it runs once the batch has been
/// told, and says how it went. Used on the writer's thread only.
final class SQLiteCheckpoint {
    /// Pages in the log from which on it is due; what `PRAGMA wal_autocheckpoint` was set to.
    static let threshold: CInt = 1_000

    private let database: Database
    /// Pages in the log after the last commit that nobody looked at yet.
    private var pages: CInt = 0

    init(database: Database) {
        self.database = database
        // The pointer is used during a COMMIT of the writer only, and `stop` takes it away before this object goes.
        sqlite3_wal_hook(
            database.sqliteConnection,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<SQLiteCheckpoint>.fromOpaque(context).takeUnretainedValue().pages = pages
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// - Throws: Errors of SQLite. What could not be moved stays in the log and is tried again.
    func runIfDue() throws {
        guard pages >= Self.threshold else { return }
        pages = 0
        let code = sqlite3_wal_checkpoint_v2(database.sqliteConnection, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        // Readers of old pages: the rest is moved after a later batch.
        guard code != SQLITE_OK, code != SQLITE_BUSY, code != SQLITE_LOCKED else { return }
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: "checkpoint failed")
    }

    /// Before the connection is closed.
    func stop() { sqlite3_wal_hook(database.sqliteConnection, nil, nil) }
}
