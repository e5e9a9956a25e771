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

    private let writer: SQLiteWriter
    private let now: Timestamp

    init(writer: SQLiteWriter, now: Timestamp) {
        self.writer = writer
        self.now = now
    }

    func commit(_ operations: [BatchQueue.Operation]) -> Result {
        var result = Result()
        result.items.reserveCapacity(operations.count)
        do {
            try writer.run(.begin)
            for operation in operations {
                switch operation {
                case .message(let draft): result.items.append(try writer.messages.store(draft, now: now))
                case .refused(let draft, let refusal): result.items.append(.refused(draft, refusal))
                case .job(let job): try run(job, &result)
                }
            }
            try writer.messages.flush()
            try writer.run(.commit)
        } catch {
            undo(operations, error, &result)
        }
        return result
    }

    private func run(_ job: BatchQueue.Job, _ result: inout Result) throws {
        try writer.messages.flush()
        writer.messages.forget()
        try writer.run(.savepoint)
        let transaction = WriteTransaction(session: SQLiteSession(database: writer.database), now: now)
        let outcome = job.run(transaction)
        result.outcomes.append(outcome)
        if let error = outcome.failure {
            if let error = error as? DatabaseError, SQLiteFile.endsTransaction(error) { throw error }
            try writer.run(.rollbackToSavepoint)
        } else {
            result.items += transaction.changes.map { .change($0, origin: job.origin) }
        }
        try writer.run(.release)
    }

    /// Nothing of the batch was done: an error before COMMIT undoes it, and one of COMMIT itself as well, as SQLite
    /// then gives up the pages it wrote. Only after an fsync that failed is it not known which of them are on disk.
    private func undo(_ operations: [BatchQueue.Operation], _ error: any Error, _ result: inout Result) {
        let words = SQLiteFile.words(of: error)
        let isFatal = SQLiteFile.isFatal(error)
        if isFatal { result.fatal = words }
        writer.messages.forget()
        writer.rollback()
        fail(
            operations, isFatal ? .unknownOutcome(words) : .unavailable(words),
            isFatal ? .unknownOutcome : .unavailable, &result)
    }

    /// Tells everybody the same, whether they were reached or not; bodies that were not never ran.
    private func fail(
        _ operations: [BatchQueue.Operation], _ failure: StoreFailure, _ refusal: MessageRefusal,
        _ result: inout Result
    ) {
        result.failure = failure
        result.items = []
        var reached = result.outcomes.count
        for operation in operations {
            switch operation {
            case .message(let draft): result.items.append(.refused(draft, refusal))
            case .refused(let draft, let refusal): result.items.append(.refused(draft, refusal))
            case .job(let job):
                if reached > 0 { reached -= 1 } else { result.outcomes.append(job.abandoned()) }
            }
        }
    }

    /// Does nothing of it, as the file can no longer be trusted.
    func refuse(_ operations: [BatchQueue.Operation]) -> Result {
        var result = Result()
        fail(operations, .unavailable("the file can no longer be trusted"), .unavailable, &result)
        return result
    }
}
