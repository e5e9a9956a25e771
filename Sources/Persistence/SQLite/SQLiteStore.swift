import Dispatch
import GRDB
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The embedded store: one SQLite file, one writer, readers beside it.
///
/// SQLite before 3.51.3 can lose pages when one connection checkpoints while another writes, so exactly one connection
/// does both, and `DataFolderLock` keeps other daemons away.
public final class SQLiteStore: Store {
    /// What the writer keeps from batch to batch.
    private final class WriterSlot {
        var writer: SQLiteWriter?
    }

    public let measures = StoreMeasures()
    private let path: String
    /// Only writes.
    private let pool: DatabasePool
    private let readers: SQLiteReaders
    private let clock: any WallClock
    private let queue: BatchQueue
    /// Used on the pool's writer queue only, which is serial: that is what makes it safe to hold here.
    private nonisolated(unsafe) let slot = WriterSlot()
    /// The file can no longer be trusted: nothing is written any more.
    private let isBroken = Atomic<Bool>(false)
    /// The one under way.
    private let backups = Mutex<SQLiteBackup?>(nil)
    private let onCommit: @Sendable (CommittedBatch) -> Void
    private let onFatal: @Sendable (String) -> Void
    private let onNotice: @Sendable (StoreNotice) -> Void
    /// The last batch could not be stored.
    private let isFailing = Atomic<Bool>(false)

    /// Opens the file, makes it if need be, and brings its tables up to date.
    /// - Parameters:
    ///   - mostWaiting: Operations that may wait for the writer.
    ///   - mostWaitingBytes: Bytes of text that may wait.
    ///   - onCommit: Called on the writer's thread with every batch, in commit order, also with one that failed.
    ///     Only what is appended after `close` is refused on the thread of its caller.
    ///   - onFatal: Called once, on a thread of the store's, when the file can no longer be trusted: an fsync
    ///     failed, or it is damaged. The process should end; nothing is written after it.
    ///   - onNotice: What an operator should read. Called on the writer's thread.
    /// - Throws: `StoreFailure.cannotOpen`, in words for the operator.
    public init(
        path: String, clock: any WallClock, mostWaiting: Int = 65_536, mostWaitingBytes: Int = 67_108_864,
        onCommit: @escaping @Sendable (CommittedBatch) -> Void, onFatal: @escaping @Sendable (String) -> Void,
        onNotice: @escaping @Sendable (StoreNotice) -> Void = { _ in }
    ) throws(StoreFailure) {
        self.path = path
        self.clock = clock
        self.onCommit = onCommit
        self.onFatal = onFatal
        self.onNotice = onNotice
        self.queue = BatchQueue(mostWaiting: mostWaiting, mostWaitingBytes: mostWaitingBytes)
        do {
            pool = try SQLiteFile.open(path)
            readers = try SQLiteReaders(path: path, count: 4)
        } catch let failure as StoreFailure {
            throw failure
        } catch {
            throw .cannotOpen("\(path): \(SQLiteFile.words(of: error))")
        }
    }

    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (ReadTransaction) throws -> Value,
        then answer: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) {
        let now = clock.now()
        let isTaken = readers.run { [self] database in
            let session = SQLiteSession(database: database)
            answer(
                Result { try session.snapshot { try body(ReadTransaction(session: session, now: now)) } }
                    .mapError { error in
                        guard error is DatabaseError else { return error }
                        if SQLiteFile.isFatal(error) { end(SQLiteFile.words(of: error)) }
                        return StoreFailure.unavailable(SQLiteFile.words(of: error))
                    })
        }
        if !isTaken { answer(.failure(StoreFailure.closed)) }
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
                        // A batch that failed undid what the body's error may have rested on.
                        let own = error is DatabaseError ? StoreFailure.unavailable(SQLiteFile.words(of: error)) : error
                        continuation.resume(throwing: failure ?? own)
                    }
                }
            }
            let job = BatchQueue.Job(origin: origin, run: run) { continuation.resume(throwing: $0) }
            if case .refused(let failure) = start(queue.add(job)) { continuation.resume(throwing: failure) }
        }
    }

    public func append(contentsOf drafts: [MessageDraft]) {
        guard case .refused = start(queue.add(contentsOf: drafts)) else { return }
        onCommit(CommittedBatch(items: drafts.map { .refused($0, .unavailable) }))
    }

    /// There are no others.
    public func follow(_ room: RoomReference, after newest: Int64) {}
    public func unfollow(_ room: RoomID) {}

    public func backUp(
        to path: String, progress: @escaping @Sendable (_ pages: Int, _ total: Int) -> Void
    ) async throws {
        let backup = SQLiteBackup(of: self.path, to: path, progress: progress)
        let isFirst = backups.withLock { backups in
            guard backups == nil else { return false }
            backups = backup
            return true
        }
        guard isFirst else { throw BackupFailure.underWay }
        defer { backups.withLock { $0 = nil } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // A thread of its own: it waits for the disk, for minutes where there is much.
                DispatchQueue(label: "gather.backup").async {
                    continuation.resume(with: Result { try backup.run() })
                }
            }
        } onCancel: {
            backup.stop()
        }
    }

    /// Only a backup takes long.
    public func giveUp() { backups.withLock { $0 }?.stop() }

    public func close() async {
        giveUp()
        queue.close()
        // Before the writer: whoever closes last removes the log, which readers may not.
        await readers.close()
        try? await pool.writeWithoutTransaction { [self] _ in
            // A statement that is still prepared would keep SQLite from closing the file.
            slot.writer?.checkpoint.stop()
            slot.writer = nil
        }
        try? pool.close()
    }

    public func ping(_ answer: @escaping @Sendable () -> Void) {
        pool.asyncWriteWithoutTransaction { _ in answer() }
    }

    public var listening: (any SharedListening)? { nil }

    public var queueDepth: Int { queue.count }

    public var logBytes: Int? {
        var status = stat()
        return stat("\(path)-wal", &status) == 0 ? status.st_size : 0
    }

    private func start(_ admission: BatchQueue.Admission) -> BatchQueue.Admission {
        if admission == .queuedFirst {
            pool.asyncWriteWithoutTransaction { [self] database in drain(database) }
        }
        return admission
    }

    private func drain(_ database: Database) {
        let writer = slot.writer ?? SQLiteWriter(database: database)
        slot.writer = writer
        while let (operations, _) = queue.take() {
            let (begin, changes) = (ContinuousClock.now, database.totalChangesCount)
            let batch = SQLiteBatch(writer: writer, now: clock.now())
            let result = isBroken.load(ordering: .relaxed) ? batch.refuse(operations) : batch.commit(operations)
            // A transaction of nothing says nothing of the disk.
            if result.failure == nil, database.totalChangesCount != changes {
                measures.committed(operations: operations.count, messages: result.items.messageCount, since: begin)
            }
            tell(result.failure)
            // From here on nothing may be written, also not by a checkpoint.
            let isFirst = result.fatal != nil && !isBroken.exchange(true, ordering: .relaxed)
            onCommit(CommittedBatch(items: result.items))
            for outcome in result.outcomes { outcome.finish(result.failure) }
            if isFirst, let fatal = result.fatal { onFatal(fatal) }
            moveLog(writer)
        }
    }

    /// Once when batches begin to fail, and once when they work again.
    private func tell(_ failure: StoreFailure?) {
        if let failure {
            measures.countFailure()
            guard !isFailing.exchange(true, ordering: .relaxed) else { return }
            if case .unavailable(let words) = failure { onNotice(.storingFails(words)) }
        } else if isFailing.exchange(false, ordering: .relaxed) {
            onNotice(.storingWorks)
        }
    }

    /// A full disk only means that the log grows; it is tried again after a later batch.
    private func moveLog(_ writer: SQLiteWriter) {
        guard !isBroken.load(ordering: .relaxed) else { return }
        do {
            try writer.checkpoint.runIfDue()
        } catch {
            if SQLiteFile.isFatal(error) { end(SQLiteFile.words(of: error)) }
        }
    }

    /// Tells once that the file can no longer be trusted.
    private func end(_ words: String) {
        guard !isBroken.exchange(true, ordering: .relaxed) else { return }
        onFatal(words)
    }
}
