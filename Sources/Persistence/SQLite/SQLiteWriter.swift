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
    private var statements: [Control: SQLiteStatement] = [:]

    init(database: Database) {
        self.database = database
        messages = SQLiteMessageWriter(database: database)
        checkpoint = SQLiteCheckpoint(database: database)
        // GRDB's hooks expect that it began the transaction itself.
        sqlite3_commit_hook(database.sqliteConnection, nil, nil)
        sqlite3_rollback_hook(database.sqliteConnection, nil, nil)
    }

    deinit { for statement in statements.values { sqlite3_finalize(statement) } }

    func run(_ control: Control) throws {
        let statement = try statements[control] ?? prepare(control)
        let code = sqlite3_step(statement)
        sqlite3_reset(statement)
        guard code == SQLITE_DONE else { throw error(code) }
    }

    /// Ends the transaction, if an error did not do so already.
    func rollback() {
        guard sqlite3_get_autocommit(database.sqliteConnection) == 0 else { return }
        sqlite3_exec(database.sqliteConnection, "ROLLBACK", nil, nil, nil)
    }

    private func prepare(_ control: Control) throws -> SQLiteStatement {
        var statement: SQLiteStatement?
        let code = sqlite3_prepare_v3(
            database.sqliteConnection, control.rawValue, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw error(code) }
        statements[control] = statement
        return statement
    }

    private func error(_ code: CInt) -> DatabaseError {
        DatabaseError(resultCode: ResultCode(rawValue: code), message: "transaction not begun or ended")
    }
}
