/// What PostgreSQL, or the way to it, answered instead of doing what it was asked.
struct PostgresFailure: Error, Equatable {
    /// A SQLSTATE; class 08 where the connection itself failed.
    let state: String
    /// For the log: never the text of a statement, a value or the server's DETAIL, which quotes values.
    let words: String

    init(state: String) {
        self.state = state
        self.words = "PostgreSQL error \(state)"
    }

    /// The connection is gone, or never was.
    init(lost words: String) {
        self.state = Self.connectionFailure
        self.words = words
    }

    private static let connectionFailure = "08006"

    /// What was sent may have been done or not: the answer did not come.
    var isLoss: Bool { state == Self.connectionFailure }

    /// The connection is of no more use: it broke, the server shuts down or starts, or has become a standby
    /// (reliability.md, rule 4).
    var endsConnection: Bool {
        state.hasPrefix("08") || ["25006", "57P01", "57P02", "57P03", "57P05", "25P03", "25P04"].contains(state)
    }

    /// A row stays locked by somebody else.
    var isLockTimeout: Bool { state == "55P03" }

    /// The same transaction may succeed at once: a deadlock, a serialization failure, or a key that somebody else took
    /// in the same moment, which the next run will see.
    var isWorthAnotherTry: Bool { ["40001", "40P01", "23505"].contains(state) }
}

extension PostgresFailure {
    /// A row that does not hold what the schema says: nothing that another try could change.
    init(unexpected failure: StoreFailure) {
        state = "XX001"
        if case .unavailable(let words) = failure { self.words = words } else { words = "unexpected rows" }
    }
}
