/// What is done with a database before anything else, by a daemon that starts and by a move.
enum PostgresOpening {
    /// A connection to a database that is fit, its tables brought up to date.
    /// - Throws: `StoreFailure.cannotOpen` and `unavailable`, in words for the operator.
    static func open(_ address: PostgresAddress) throws(StoreFailure) -> PostgresConnection {
        let connection = try connect(address)
        do {
            try PostgresMigration.run(connection)
            return connection
        } catch {
            throw failure(error)
        }
    }

    /// A connection to a database that is fit, its tables as they are.
    /// - Throws: As `open`.
    static func connect(_ address: PostgresAddress) throws(StoreFailure) -> PostgresConnection {
        do {
            let connection = try PostgresDoor.open(address)
            guard connection.serverVersion >= 140_000 else {
                throw StoreFailure.cannotOpen("PostgreSQL 14 or newer is needed")
            }
            guard connection.parameter("server_encoding") == "UTF8" else {
                throw StoreFailure.cannotOpen("the PostgreSQL database must have the encoding UTF8")
            }
            return connection
        } catch {
            throw failure(error)
        }
    }

    /// What went wrong meanwhile, in words for the operator.
    static func failure(_ error: any Error) -> StoreFailure {
        switch error {
        case let failure as StoreFailure: failure
        // libpq's words for a value that can never be right.
        case let failure as PostgresFailure where failure.words.hasPrefix("invalid "):
            .cannotOpen("the PostgreSQL URL: \(failure.words)")
        case let failure as PostgresFailure where failure.state.hasPrefix("42"):
            .cannotOpen("the database refuses what is needed there: \(failure.words)")
        case let failure as PostgresFailure: .unavailable("the database does not answer: \(failure.words)")
        default: .unavailable("the database does not answer")
        }
    }
}
