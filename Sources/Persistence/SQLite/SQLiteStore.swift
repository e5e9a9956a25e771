import Foundation
import GRDB

/// The embedded store: one SQLite file, one writer, readers beside it.
///
/// SQLite before 3.51.3 can lose pages when one connection checkpoints while another writes, so exactly one connection
/// does both, and `DataFolderLock` keeps other daemons away.
public final class SQLiteStore: Store {
    /// What the writer keeps from batch to batch.
    private final class Writer {
        var messages: SQLiteMessageWriter?
    }

    private let pool: DatabasePool
    private let clock: any WallClock
    private let queue: BatchQueue
    /// Used on the pool's writer queue only, which is serial: that is what makes it safe to hold here.
    private nonisolated(unsafe) let writer = Writer()
    private let onCommit: @Sendable (CommittedBatch) -> Void
    private let onFatal: @Sendable (String) -> Void

    /// Opens the file, makes it if need be, and brings its tables up to date.
    /// - Parameters:
    ///   - mostWaiting: Operations that may wait for the writer.
    ///   - onCommit: Called on the writer's thread with every batch, in commit order, also with one that failed.
    ///   - onFatal: Called when the file can no longer be trusted; the process should end.
    /// - Throws: `StoreFailure.cannotOpen`, in words for the operator.
    public init(
        path: String, clock: any WallClock, mostWaiting: Int = 65_536, mostWaitingBytes: Int = 67_108_864,
        onCommit: @escaping @Sendable (CommittedBatch) -> Void, onFatal: @escaping @Sendable (String) -> Void
    ) throws(StoreFailure) {
        self.clock = clock
        self.onCommit = onCommit
        self.onFatal = onFatal
        self.queue = BatchQueue(mostWaiting: mostWaiting, mostWaitingBytes: mostWaitingBytes)
        do {
            pool = try SQLiteFile.open(path)
        } catch let failure as StoreFailure {
            throw failure
        } catch {
            throw .cannotOpen("\(path): \(SQLiteFile.words(of: error))")
        }
    }

    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (ReadTransaction) throws -> Value
    ) async throws -> Value {
        let now = clock.now()
        do {
            return try await pool.read { database in
                try body(ReadTransaction(session: SQLiteSession(database: database), now: now))
            }
        } catch let error as DatabaseError {
            throw StoreFailure.unavailable(SQLiteFile.words(of: error))
        }
    }

    public func write<Value: Sendable>(
        origin: Origin?, _ body: @escaping @Sendable (WriteTransaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            let run: @Sendable (WriteTransaction) -> BatchQueue.Outcome = { transaction in
                do {
                    let value = try body(transaction)
                    return BatchQueue.Outcome(failure: nil) { failure in
                        if let failure {
                            continuation.resume(throwing: failure)
                        } else {
                            continuation.resume(returning: value)
                        }
                    }
                } catch {
                    return BatchQueue.Outcome(failure: error) { failure in
                        let isOwn = !(error is DatabaseError)
                        continuation.resume(
                            throwing: isOwn ? error : failure ?? .unavailable(SQLiteFile.words(of: error)))
                    }
                }
            }
            let job = BatchQueue.Job(origin: origin, run: run) { continuation.resume(throwing: $0) }
            if case .refused(let failure) = add([.job(job)]) { continuation.resume(throwing: failure) }
        }
    }

    public func append(contentsOf drafts: [MessageDraft]) {
        guard case .refused(let failure) = add(drafts.map(BatchQueue.Operation.message)) else { return }
        let refusal = failure == .overloaded ? MessageRefusal.overloaded : .unavailable
        onCommit(CommittedBatch(items: drafts.map { .refused($0, refusal) }))
    }

    public func close() async {
        queue.close()
        try? await pool.writeWithoutTransaction { _ in }
        try? pool.close()
    }

    /// Operations that wait for the writer.
    public var queueDepth: Int { queue.count }

    private func add(_ operations: [BatchQueue.Operation]) -> BatchQueue.Admission {
        let admission = queue.add(contentsOf: operations)
        if admission == .queuedFirst {
            pool.asyncWriteWithoutTransaction { [self] database in drain(database) }
        }
        return admission
    }

    private func drain(_ database: Database) {
        let messages = writer.messages ?? SQLiteMessageWriter(database: database)
        writer.messages = messages
        while let operations = queue.take() {
            var batch = SQLiteBatch(database: database, messages: messages, now: clock.now())
            let result = batch.commit(operations)
            onCommit(CommittedBatch(items: result.items))
            for outcome in result.outcomes { outcome.finish(result.failure) }
            if let fatal = result.fatal { onFatal(fatal) }
        }
    }
}
