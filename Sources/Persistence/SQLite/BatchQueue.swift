import Synchronization

/// What waits for the writer, in order. Bounded; taken a batch at a time.
final class BatchQueue: Sendable {
    /// An operation of a batch that is not a message.
    struct Job: Sendable {
        let origin: Origin?
        /// Runs in the transaction.
        /// - Returns: What to call once it is known how the batch ended: with `nil` after the commit.
        let run: @Sendable (WriteTransaction) -> Outcome
        /// What to call instead where the batch failed before it was run.
        let abandon: @Sendable (StoreFailure) -> Void

        func abandoned() -> Outcome {
            Outcome(failure: nil) { [abandon] failure in abandon(failure ?? .unavailable("the batch failed")) }
        }
    }

    /// How a job went inside its transaction.
    struct Outcome: Sendable {
        /// What its body threw; then all it did has to be undone.
        let failure: (any Error)?
        /// `nil`: the batch is on disk.
        let finish: @Sendable (StoreFailure?) -> Void
    }

    enum Operation: Sendable {
        case message(MessageDraft)
        case job(Job)
    }

    /// Operations a batch.
    static let mostOperations = 512
    /// Bytes of text a batch.
    static let mostBytes = 1_048_576

    private struct State {
        var operations: [Operation] = []
        var taken = 0
        var bytes = 0
        var isDraining = false
        var isClosed = false
    }

    private let state = Mutex(State())
    private let mostWaiting: Int
    private let mostWaitingBytes: Int

    /// - Parameters:
    ///   - mostWaiting: Operations that may wait.
    ///   - mostWaitingBytes: Bytes of their texts.
    init(mostWaiting: Int, mostWaitingBytes: Int) {
        self.mostWaiting = mostWaiting
        self.mostWaitingBytes = mostWaitingBytes
    }

    enum Admission: Equatable {
        /// Somebody drains already.
        case queued
        /// The caller has to start a drain.
        case queuedFirst
        case refused(StoreFailure)
    }

    func add(contentsOf operations: [Operation]) -> Admission {
        let bytes = operations.reduce(0) { $0 + $1.bytes }
        return state.withLock { state in
            guard !state.isClosed else { return .refused(.closed) }
            guard state.operations.count - state.taken + operations.count <= mostWaiting,
                state.bytes + bytes <= mostWaitingBytes
            else { return .refused(.overloaded) }
            state.operations.append(contentsOf: operations)
            state.bytes += bytes
            if state.isDraining { return .queued }
            state.isDraining = true
            return .queuedFirst
        }
    }

    /// The next batch; `nil` ends the drain.
    func take() -> ArraySlice<Operation>? {
        state.withLock { state in
            guard state.taken < state.operations.count else {
                state.operations.removeAll(keepingCapacity: state.operations.capacity <= 4_096)
                state.taken = 0
                state.isDraining = false
                return nil
            }
            var (end, bytes) = (state.taken, 0)
            while end < state.operations.count, end - state.taken < Self.mostOperations, bytes < Self.mostBytes {
                bytes += state.operations[end].bytes
                end += 1
            }
            let batch = state.operations[state.taken..<end]
            state.taken = end
            state.bytes -= bytes
            if state.taken == state.operations.count {
                state.operations = []
                state.taken = 0
            }
            return batch
        }
    }

    func close() { state.withLock { $0.isClosed = true } }

    var count: Int { state.withLock { $0.operations.count - $0.taken } }
}

extension BatchQueue.Operation {
    /// The text it holds in memory.
    var bytes: Int {
        switch self {
        case .message(let draft): draft.text.utf8.count
        case .job: 0
        }
    }
}
