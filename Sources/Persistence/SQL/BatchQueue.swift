import Synchronization

/// What waits for the writer, in order. Bounded; taken a batch at a time.
///
/// It is kept cut into batches already: to take one is to take one away, so that nothing is copied while others add
/// to the queue, and what was taken is freed with its batch, however long the queue is never empty.
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
        /// Found no room in the queue. It waits nonetheless, so that its sender is answered in the order of its lines.
        case refused(MessageDraft, MessageRefusal)
        case job(Job)
    }

    /// Operations a batch.
    static let mostOperations = 512
    /// Bytes of text with which a batch is full.
    static let mostBytes = 1_048_576

    private struct Batch {
        let begun = ContinuousClock.now
        var operations: [Operation] = []
        var bytes = 0
        /// Operations that count as waiting: all but those refused.
        var admitted = 0

        var isFull: Bool { operations.count >= mostOperations || bytes >= mostBytes }

        mutating func remove(where isWanted: (MessageDraft) -> Bool) -> [MessageDraft] {
            var removed: [MessageDraft] = []
            operations.removeAll { operation in
                guard case .message(let draft) = operation, isWanted(draft) else { return false }
                removed.append(draft)
                admitted -= 1
                bytes -= operation.bytes
                return true
            }
            return removed
        }
    }

    private struct State {
        /// None is empty; all but the last are full.
        var batches: [Batch] = []
        var admitted = 0
        var bytes = 0
        /// The batch taken last, where it is remembered.
        var current: [Operation] = []
        var isDraining = false
        var isClosed = false

        mutating func append(_ operation: Operation) {
            if batches.last?.isFull ?? true { batches.append(Batch()) }
            let last = batches.count - 1
            batches[last].operations.append(operation)
            guard operation.isAdmitted else { return }
            batches[last].admitted += 1
            batches[last].bytes += operation.bytes
            admitted += 1
            bytes += operation.bytes
        }
    }

    enum Admission: Equatable {
        /// Somebody drains already.
        case queued
        /// The caller has to start a drain.
        case queuedFirst
        case refused(StoreFailure)
    }

    private let state = Mutex(State())
    private let mostWaiting: Int
    private let mostWaitingBytes: Int
    private let remembersTaken: Bool

    /// - Parameters:
    ///   - mostWaiting: Operations that may wait.
    ///   - mostWaitingBytes: Bytes of their texts.
    ///   - remembersTaken: Keeps the batch taken last until the next, for `removeMessages`.
    init(mostWaiting: Int, mostWaitingBytes: Int, remembersTaken: Bool = false) {
        self.mostWaiting = mostWaiting
        self.mostWaitingBytes = mostWaitingBytes
        self.remembersTaken = remembersTaken
    }

    /// All of them wait, or, where there is no room, all of them as refused: so each gets its outcome in its place.
    /// A sender bounds what it has in flight itself; that bounds the refused ones.
    func add(contentsOf drafts: [MessageDraft]) -> Admission {
        let bytes = drafts.reduce(0) { $0 + $1.text.utf8.count }
        return state.withLock { state in
            guard !state.isClosed else { return .refused(.closed) }
            let hasRoom = hasRoom(for: drafts.count, bytes: bytes, state)
            for draft in drafts { state.append(hasRoom ? .message(draft) : .refused(draft, .overloaded)) }
            return admission(&state)
        }
    }

    func add(_ job: Job) -> Admission {
        state.withLock { state in
            guard !state.isClosed else { return .refused(.closed) }
            guard hasRoom(for: 1, bytes: 0, state) else { return .refused(.overloaded) }
            state.append(.job(job))
            return admission(&state)
        }
    }

    private func hasRoom(for count: Int, bytes: Int, _ state: State) -> Bool {
        state.admitted + count <= mostWaiting && state.bytes + bytes <= mostWaitingBytes
    }

    private func admission(_ state: inout State) -> Admission {
        guard !state.isDraining, !state.batches.isEmpty else { return .queued }
        state.isDraining = true
        return .queuedFirst
    }

    /// The next batch; `nil` ends the drain.
    /// - Returns: The operations, and when the first of them came.
    func take() -> (operations: [Operation], begun: ContinuousClock.Instant)? {
        state.withLock { state in
            guard !state.batches.isEmpty else {
                state.current = []
                state.isDraining = false
                return nil
            }
            let batch = state.batches.removeFirst()
            state.admitted -= batch.admitted
            state.bytes -= batch.bytes
            if remembersTaken { state.current = batch.operations }
            return (batch.operations, batch.begun)
        }
    }

    /// Takes messages out that have waited for some time already, in their order, so that they can be answered; but none of
    /// connections that have one in the batch that was taken last, as answers come in the order of lines.
    func removeMessages(waitingLongerThan time: Duration) -> [MessageDraft] {
        let latest = ContinuousClock.now - time
        return state.withLock { state in
            guard let oldest = state.batches.first, oldest.begun <= latest else { return [] }
            let answered = Set(state.current.compactMap { $0.draft?.origin })
            let isWanted = { (draft: MessageDraft) in !answered.contains(draft.origin) }
            var removed: [MessageDraft] = []
            for index in state.batches.indices where state.batches[index].begun <= latest {
                let (admitted, bytes) = (state.batches[index].admitted, state.batches[index].bytes)
                removed += state.batches[index].remove(where: isWanted)
                state.admitted -= admitted - state.batches[index].admitted
                state.bytes -= bytes - state.batches[index].bytes
            }
            state.batches.removeAll { $0.operations.isEmpty }
            return removed
        }
    }

    func close() { state.withLock { $0.isClosed = true } }

    /// Operations that wait, without those refused.
    var count: Int { state.withLock { $0.admitted } }
}

extension BatchQueue.Operation {
    var draft: MessageDraft? {
        switch self {
        case .message(let draft), .refused(let draft, _): draft
        case .job: nil
        }
    }

    /// The text it holds in memory.
    var bytes: Int {
        switch self {
        case .message(let draft), .refused(let draft, _): draft.text.utf8.count
        case .job: 0
        }
    }

    var isAdmitted: Bool { if case .refused = self { false } else { true } }
}
