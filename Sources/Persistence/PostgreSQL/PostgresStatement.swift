/// A statement with `$1`, `$2` … and its values.
struct PostgresStatement {
    let text: String
    let parameters: [PostgresParameter]

    init(_ text: String, _ parameters: [PostgresParameter] = []) {
        self.text = text
        self.parameters = parameters
    }

    /// Whether it may change what is stored: everything may that is not known to be harmless.
    var mayWrite: Bool { !Self.harmless.contains { text.hasPrefix($0) } }

    private static let harmless = ["SELECT", "BEGIN", "COMMIT", "ROLLBACK"]
}

extension PostgresStatement {
    /// Begins a transaction whose statements each see what was committed before them.
    static let begin = PostgresStatement("BEGIN ISOLATION LEVEL READ COMMITTED")
    /// Begins a transaction that sees one moment and changes nothing.
    static let beginReading = PostgresStatement("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    static let commit = PostgresStatement("COMMIT")
    static let rollBack = PostgresStatement("ROLLBACK")

    /// Locks rooms until the transaction ends, in the order in which everybody does. Rows: id, name.
    static func lockRooms(where condition: String, _ parameters: [PostgresParameter]) -> PostgresStatement {
        PostgresStatement("SELECT id, name FROM room WHERE \(condition) ORDER BY id FOR NO KEY UPDATE", parameters)
    }
}
