import Testing

@testable import Persistence

@Suite("What waits for the writer")
struct BatchQueueTests {
    let author = AccountReference(id: AccountID(rawValue: 1), name: "a")

    func drafts(_ count: Int, bytes: Int = 1) -> [MessageDraft] {
        Array(repeating: .test(String(repeating: "x", count: bytes), in: "a", as: author), count: count)
    }

    func job() -> BatchQueue.Job {
        BatchQueue.Job(origin: nil, run: { _ in BatchQueue.Outcome(failure: nil) { _ in } }, abandon: { _ in })
    }

    func sizes(_ queue: BatchQueue) -> [Int] {
        var sizes: [Int] = []
        while let batch = queue.take() { sizes.append(batch.operations.count) }
        return sizes
    }

    @Test func aBatchTakesAtMost512Operations() {
        let queue = BatchQueue(mostWaiting: 2_000, mostWaitingBytes: 10_000_000)
        #expect(queue.add(contentsOf: drafts(1_200)) == .queuedFirst)
        #expect(queue.add(job()) == .queued)
        #expect(sizes(queue) == [512, 512, 177])
    }

    @Test func aBatchIsFullWithAMebibyte() {
        let queue = BatchQueue(mostWaiting: 2_000, mostWaitingBytes: 10_000_000)
        #expect(queue.add(contentsOf: drafts(5, bytes: 400_000)) == .queuedFirst)
        #expect(sizes(queue) == [3, 2])
    }

    @Test func onlyTheFirstOfADrainHasToStartOne() {
        let queue = BatchQueue(mostWaiting: 2_000, mostWaitingBytes: 10_000_000)
        #expect(queue.add(contentsOf: []) == .queued)
        #expect(queue.add(contentsOf: drafts(1)) == .queuedFirst)
        #expect(queue.take()?.operations.count == 1)
        #expect(queue.add(contentsOf: drafts(1)) == .queued, "the drain has not ended yet")
        #expect(sizes(queue) == [1])
        #expect(queue.add(contentsOf: drafts(1)) == .queuedFirst)
    }

    @Test(arguments: [(10, 1_000_000), (1_000_000, 10)])
    func overItsBoundsItRefusesUntilABatchIsTaken(mostWaiting: Int, mostWaitingBytes: Int) {
        let queue = BatchQueue(mostWaiting: mostWaiting, mostWaitingBytes: mostWaitingBytes)
        #expect(queue.add(contentsOf: drafts(10)) == .queuedFirst)
        #expect(queue.add(contentsOf: drafts(1)) == .queued)
        #expect(queue.count == 10, "what was refused does not count as waiting")
        let refused = queue.take()?.operations.compactMap {
            if case .refused(_, let refusal) = $0 { refusal } else { nil }
        }
        #expect(refused == [.overloaded])
        #expect(queue.count == 0)
        #expect(queue.add(contentsOf: drafts(10)) == .queued)
        #expect(queue.take()?.operations.contains { $0.isAdmitted == false } == false)
    }

    @Test func aJobIsRefusedAtOnceAsNobodyWaitsForItsPlace() {
        let queue = BatchQueue(mostWaiting: 1, mostWaitingBytes: 100)
        #expect(queue.add(job()) == .queuedFirst)
        #expect(queue.add(job()) == .refused(.overloaded))
    }

    @Test func closedItTakesNothingButGivesWhatItHas() {
        let queue = BatchQueue(mostWaiting: 10, mostWaitingBytes: 100)
        #expect(queue.add(contentsOf: drafts(2)) == .queuedFirst)
        queue.close()
        #expect(queue.add(contentsOf: drafts(1)) == .refused(.closed))
        #expect(queue.add(job()) == .refused(.closed))
        #expect(sizes(queue) == [2])
    }

    /// A queue that is never empty must not keep what was taken from it.
    @Test func whatWasTakenIsFreedHoweverLongTheQueueIsNeverEmpty() {
        final class Token: Sendable {}
        let queue = BatchQueue(mostWaiting: 10_000, mostWaitingBytes: 10_000_000)
        weak var first: Token?
        func addMarked() {
            let token = Token()
            first = token
            _ = queue.add(
                BatchQueue.Job(
                    origin: nil, run: { _ in BatchQueue.Outcome(failure: nil) { _ in _ = token } }, abandon: { _ in }))
        }
        addMarked()
        _ = queue.add(contentsOf: drafts(600))
        #expect(first != nil)
        _ = queue.take()
        #expect(first == nil)
        #expect(queue.count == 89)
    }

    @Test func whoHasNothingInTheBatchUnderWayNeedNotWaitForIt() {
        let queue = BatchQueue(mostWaiting: 100, mostWaitingBytes: 1_000, remembersTaken: true)
        let person = AccountReference(id: AccountID(rawValue: 1), name: "a")
        func draft(_ text: String, _ connection: UInt64) -> MessageDraft {
            .test(text, in: "tea", as: person, connection: connection)
        }
        _ = queue.add(contentsOf: [draft("under way", 1)])
        _ = queue.take()
        _ = queue.add(contentsOf: [draft("b", 1), draft("c", 2), draft("d", 1), draft("e", 3)])
        #expect(queue.removeMessages(waitingLongerThan: .seconds(60)).isEmpty, "they have not waited yet")
        #expect(queue.removeMessages(waitingLongerThan: .zero).map(\.text) == ["c", "e"])
        #expect(queue.count == 2)
        #expect(queue.take()?.operations.compactMap(\.draft?.text) == ["b", "d"])
        #expect(queue.take() == nil)
    }
}
