import GRDB

/// One transaction over many operations: each either done or undone for itself, all of them on disk together.
struct SQLiteBatch {
    struct Result {
        var items: [BatchItem] = []
        var outcomes: [BatchQueue.Outcome] = []
        /// Why the whole batch failed.
        var failure: StoreFailure?
        /// The file can no longer be trusted.
        var fatal: String?
    }

    private let database: Database
    private let messages: SQLiteMessageWriter
    private let now: Timestamp

    init(database: Database, messages: SQLiteMessageWriter, now: Timestamp) {
        self.database = database
        self.messages = messages
        self.now = now
    }

    mutating func commit(_ operations: ArraySlice<BatchQueue.Operation>) -> Result {
        var result = Result()
        do {
            try database.beginTransaction(.immediate)
            for operation in operations {
                switch operation {
                case .message(let draft): result.items.append(try messages.store(draft, now: now))
                case .job(let job): try run(job, &result)
                }
            }
            try messages.flush()
            try database.commit()
        } catch {
            undo(operations, error, &result)
        }
        return result
    }

    private func run(_ job: BatchQueue.Job, _ result: inout Result) throws {
        try messages.flush()
        messages.forget()
        try database.execute(sql: "SAVEPOINT job")
        let transaction = WriteTransaction(session: SQLiteSession(database: database), now: now)
        let outcome = job.run(transaction)
        result.outcomes.append(outcome)
        if let error = outcome.failure {
            if let error = error as? DatabaseError, SQLiteFile.endsTransaction(error) { throw error }
            try database.execute(sql: "ROLLBACK TO job")
        } else {
            result.items += transaction.changes.map { .change($0, origin: job.origin) }
        }
        try database.execute(sql: "RELEASE job")
    }

    /// Nothing of the batch was done, unless SQLite cannot tell: an error after the commit began and with the
    /// transaction gone.
    private func undo(_ operations: ArraySlice<BatchQueue.Operation>, _ error: any Error, _ result: inout Result) {
        messages.forget()
        let words = SQLiteFile.words(of: error)
        if SQLiteFile.isFatal(error) {
            result.fatal = words
            result.failure = .unknownOutcome(words)
        } else {
            result.failure = .unavailable(words)
        }
        if database.isInsideTransaction { try? database.rollback() }
        let refusal = result.fatal == nil ? MessageRefusal.unavailable : .unknownOutcome
        var isKnown = result.outcomes.count
        result.items = []
        for operation in operations {
            switch operation {
            case .message(let draft): result.items.append(.refused(draft, refusal))
            case .job(let job):
                // Jobs that were not reached are told the same; their bodies never ran.
                if isKnown > 0 {
                    isKnown -= 1
                } else {
                    result.outcomes.append(job.abandoned())
                }
            }
        }
    }
}
