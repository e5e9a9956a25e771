/// Where everything is kept.
///
/// Changes are gathered into batches, one transaction each (group commit): whatever arrives while one commits is in
/// the next. What is answered is on disk.
public protocol Store: Sendable {
    /// Reads a snapshot on a thread of the store's own; it should take milliseconds. May be called on any thread;
    /// never waits.
    /// - Parameter answer: Called once, on the thread that read, with what `body` returned or threw, or `StoreFailure`.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (ReadTransaction) throws -> Value,
        then answer: @escaping @Sendable (Result<Value, any Error>) -> Void
    )

    /// Runs `body` inside the next batch and returns once that is on disk. What it recorded was told before.
    ///
    /// `body` runs on the store's writer, must not wait for anything, and may run again where a transaction has to.
    /// - Throws: What `body` throws, which undoes all it did and nothing else; `StoreFailure`.
    func write<Value: Sendable>(
        origin: Origin?, _ body: @escaping @Sendable (WriteTransaction) throws -> Value
    ) async throws -> Value

    /// Stores messages in the next batch, in this order. The outcomes come with the committed batch.
    /// May be called on any thread; never waits.
    func append(contentsOf drafts: [MessageDraft])

    /// Somebody here listens in a room: what other daemons store in it is told as well, from the message after this one
    /// on, until `unfollow` was called as often. May be called on any thread; never waits.
    func follow(_ room: RoomReference, after newest: Int64)
    func unfollow(_ room: RoomID)

    /// Who listens on any daemon, where several share the store.
    var listening: (any SharedListening)? { get }

    /// Operations that wait to be written.
    var queueDepth: Int { get }

    /// Copies an embedded database into a file while it is in use.
    /// - Parameters:
    ///   - path: Where nothing is yet.
    ///   - progress: Called now and then, on a thread of the store's.
    /// - Throws: `BackupFailure`, also where the task was cancelled; then there is no file.
    func backUp(to path: String, progress: @escaping @Sendable (_ pages: Int, _ total: Int) -> Void) async throws

    /// Answers from the thread that writes, when that comes to it: none is a thread that hangs. A store whose threads wait for
    /// something outside, within limits of their own, answers at once.
    func ping(_ answer: @escaping @Sendable () -> Void)

    /// What was counted of the store's work.
    var measures: StoreMeasures { get }

    /// Bytes of the write-ahead log of an embedded store; `nil` where that is another program's affair.
    var logBytes: Int? { get }

    /// Ends what waits for something outside of this process, with an error: the daemon has no more time. May be called on any
    /// thread; never waits.
    func giveUp()

    /// Commits what waits, then closes. Nothing is taken any more.
    func close() async
}

extension Store {
    /// Reads a snapshot on a thread of the store's own; it should take milliseconds.
    /// - Throws: What `body` throws; `StoreFailure`; `CancellationError` where nobody waits any more.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (ReadTransaction) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { continuation in
            read(body) { continuation.resume(with: $0) }
        }
    }
}

/// Why the store did not do what it was asked.
public enum StoreFailure: Error, Sendable, Equatable {
    /// Nothing was done; it may work again later. The text is for the log.
    case unavailable(String)
    /// Too much waits already; nothing was done.
    case overloaded
    /// Whether it was done cannot be told.
    case unknownOutcome(String)
    case closed
    /// It cannot be opened as it is set; the text is for the operator.
    case cannotOpen(String)
    /// Another daemon has it; the text is for the operator.
    case inUse(String)
}
