import GRDB
import GRDBSQLite

/// The one connection that writes, as batches use it: its transaction, the messages' hot path and the checkpoint.
/// Used on the pool's writer queue only.
final class SQLiteWriter {
    /// The statements that begin and end things. They run past GRDB, whose observation of transactions nobody uses
    /// here, and which prepares them anew each time.
    enum Control: String, CaseIterable {
        case begin = "BEGIN IMMEDIATE"
        case commit = "COMMIT"
        case savepoint = "SAVEPOINT job"
        case rollbackToSavepoint = "ROLLBACK TO job"
        case release = "RELEASE job"
    }

    let database: Database
    let messages: SQLiteMessageWriter
    let checkpoint: SQLiteCheckpoint
    private var statements: [Control: SQLitePreparedStatement] = [:]

    init(database: Database) {
        self.database = database
        messages = SQLiteMessageWriter(database: database)
        checkpoint = SQLiteCheckpoint(database: database)
        // GRDB's hooks expect that it began the transaction itself.
        sqlite3_commit_hook(database.sqliteConnection, nil, nil)
        sqlite3_rollback_hook(database.sqliteConnection, nil, nil)
    }

    func run(_ control: Control) throws {
        if let statement = statements[control] { return try statement.run() }
        let statement = try SQLitePreparedStatement(control.rawValue, on: database)
        statements[control] = statement
        try statement.run()
    }

    /// Ends the transaction, if an error did not do so already.
    func rollback() {
        guard sqlite3_get_autocommit(database.sqliteConnection) == 0 else { return }
        sqlite3_exec(database.sqliteConnection, "ROLLBACK", nil, nil, nil)
    }
}
