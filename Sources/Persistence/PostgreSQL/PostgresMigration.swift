/// Brings the tables up to date. Daemons that start together take turns.
enum PostgresMigration {
    /// Any number that nothing else in the database locks.
    private static let lock: Int64 = 0x5149_434b_4741_5448

    /// - Throws: `PostgresFailure`; `StoreFailure.cannotOpen` for a database from a newer version.
    static func run(_ connection: PostgresConnection, steps: [[String]] = PostgresSchema.steps) throws {
        // The other daemon may take its time: only the server's end of the connection limits the wait.
        try execute(
            connection, "SELECT set_config('lock_timeout', '0', false), set_config('statement_timeout', '0', false)")
        try execute(connection, "SELECT pg_advisory_lock(\(lock))")
        try execute(connection, "CREATE TABLE IF NOT EXISTS gather_schema (version bigint NOT NULL)")
        let known = try connection.run([PostgresStatement("SELECT max(version) FROM gather_schema")])[0]
        let version = Int(clamping: known.first?.optionalInteger(0) ?? 0)
        guard version <= steps.count else {
            throw StoreFailure.cannotOpen(
                "the PostgreSQL database was made by a newer version of this server (schema \(version); this one knows \(steps.count))"
            )
        }
        for step in version..<steps.count {
            let insertion = "INSERT INTO gather_schema (version) VALUES (\(step + 1))"
            for statement in ["BEGIN"] + steps[step] + [insertion, "COMMIT"] { try execute(connection, statement) }
        }
        try execute(connection, "SELECT pg_advisory_unlock(\(lock))")
    }

    private static func execute(_ connection: PostgresConnection, _ text: String) throws {
        _ = try connection.run([PostgresStatement(text)])
    }
}
