import Synchronization

/// The shared statements are written with `?1`, `?2` …, as SQLite wants them; PostgreSQL wants `$1`, `$2` ….
enum PostgresDialect {
    private static let known = Mutex<[String: String]>([:])

    /// None of the shared statements has a question mark for anything else.
    static func text(of statement: String) -> String {
        known.withLock { known in
            if let text = known[statement] { return text }
            let text = String(statement.map { $0 == "?" ? "$" : $0 })
            known[statement] = text
            return text
        }
    }
}
