import Testing

@testable import Persistence

@Suite("When the writer waits for company")
struct CommitPacingTests {
    let author = AccountReference(id: AccountID(rawValue: 1), name: "a")
    let start = ContinuousClock.now

    func message(from connection: UInt64) -> BatchQueue.Operation {
        .message(
            MessageDraft(
                room: "a", typedRoom: "#a", author: author.id, authorName: author.name, text: "hello", once: nil,
                label: nil,
                origin: Origin(connection: connection, loop: 0)))
    }

    /// What it says after the last of so many commits, each of some messages, by people in turn.
    func waits(
        commits: Int = 40, every interval: Duration = .microseconds(333), rows: Int = 1, senders: UInt64 = 50,
        waiting: Int = 0
    ) -> Bool {
        var (pacing, number, answer) = (CommitPacing(), UInt64(0), false)
        for commit in 0..<commits {
            let batch = (0..<rows).map { _ in
                number += 1
                return message(from: number % senders)
            }
            answer = pacing.waits(after: batch, begun: start + interval * commit, waiting: waiting)
        }
        return answer
    }

    @Test func whereManyWriteFastAndEachIsAlone() { #expect(waits()) }

    @Test func notInAQuietPlace() {
        #expect(!waits(every: .milliseconds(2)), "500 messages a second")
        #expect(!waits(commits: 15), "it has not seen enough")
    }

    @Test(arguments: [1, 4, 7])
    func notForFewWhoMayAllBeWaitingForTheirAnswers(senders: UInt64) { #expect(!waits(senders: senders)) }

    @Test func notWhereCommitsAreFullAnyway() {
        #expect(waits(rows: 2))
        #expect(!waits(rows: 4))
        #expect(!waits(rows: 500))
    }

    @Test func notWithCompanyThatIsThereAlready() { #expect(!waits(waiting: 3)) }

    @Test func notBehindACommand() {
        var pacing = CommitPacing()
        let job = BatchQueue.Operation.job(
            BatchQueue.Job(origin: nil, run: { _ in BatchQueue.Outcome(failure: nil) { _ in } }, abandon: { _ in }))
        for commit in 0..<40 {
            let answer = pacing.waits(
                after: [commit == 38 ? job : message(from: UInt64(commit))], begun: start + .microseconds(333 * commit),
                waiting: 0)
            if commit == 37 { #expect(answer) }
            if commit >= 38 { #expect(!answer) }
        }
    }
}
