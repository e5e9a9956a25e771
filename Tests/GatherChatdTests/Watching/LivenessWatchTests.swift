import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import GatherChatd

@Suite("The watch over loops and store")
struct LivenessWatchTests {
    /// What the watch did.
    private final class Record: LogHandler {
        private let seen = Mutex((lines: [String](), well: 0, ended: [String]()))

        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }

        var logLevel: Logger.Level {
            get { .trace }
            set {}
        }
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) {
            seen.withLock { $0.lines.append("\(event.message) \(event.metadata?["subject"]?.description ?? "")") }
        }

        var told: [String] { seen.withLock { $0.lines } }
        var well: Int { seen.withLock { $0.well } }
        var ended: [String] { seen.withLock { $0.ended } }

        func rounds(of subjects: [LivenessWatch.Subject], begin: ContinuousClock.Instant) -> LivenessRounds {
            LivenessRounds(
                of: subjects, begin: begin, logger: Logger(label: "test") { _ in self },
                isWell: { self.seen.withLock { $0.well += 1 } },
                end: { name in self.seen.withLock { $0.ended.append(name) } })
        }
    }

    /// Answers when it is told to.
    private final class Sleeper: Sendable {
        private let owed = Mutex<[@Sendable () -> Void]>([])

        func subject(_ name: String) -> LivenessWatch.Subject {
            LivenessWatch.Subject(name: name) { answer in self.owed.withLock { $0.append(answer) } }
        }

        func wake() {
            let answers = owed.withLock { owed in
                defer { owed = [] }
                return owed
            }
            for answer in answers { answer() }
        }
    }

    private let record = Record()
    private let begin = ContinuousClock.now

    @Test func whoAnswersIsWell() {
        let rounds = record.rounds(of: [LivenessWatch.Subject(name: "loop 0") { $0() }], begin: begin)
        for second in 1...100 { rounds.look(at: begin + .seconds(second)) }
        #expect(record.well == 100 && record.told.isEmpty && record.ended.isEmpty)
    }

    @Test func silenceIsToldOnceByNameAndSoIsItsEnd() {
        let sleeper = Sleeper()
        let rounds = record.rounds(of: [sleeper.subject("loop 1")], begin: begin)
        for second in 1...5 { rounds.look(at: begin + .seconds(second)) }
        #expect(record.told.isEmpty && record.well == 5, "asked after 1 s, silent for 4 s")
        for second in 6...30 { rounds.look(at: begin + .seconds(second)) }
        #expect(record.told == ["silent for 5 s loop 1"] && record.well == 5)
        sleeper.wake()
        rounds.look(at: begin + .seconds(31))
        #expect(record.told.last == "it answers again loop 1" && record.well == 6)
    }

    @Test func whoStaysSilentForAMinuteEndsTheProcess() {
        let rounds = record.rounds(of: [Sleeper().subject("store")], begin: begin)
        for second in 1...60 { rounds.look(at: begin + .seconds(second)) }
        #expect(record.ended.isEmpty)
        rounds.look(at: begin + .seconds(61))
        #expect(record.ended == ["store"])
    }

    @Test func aProcessThatWasStoppedBlamesNobody() {
        let sleeper = Sleeper()
        let rounds = record.rounds(of: [sleeper.subject("store")], begin: begin)
        rounds.look(at: begin + .seconds(1))
        rounds.look(at: begin + .seconds(3_600))
        rounds.look(at: begin + .seconds(3_604))
        #expect(record.told.isEmpty && record.ended.isEmpty && record.well == 3)
    }

    @Test func aLoopAnswersWhenItTakesItsTurn() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        await withCheckedContinuation { continuation in
            LivenessWatch.Subject.loop(0, loop).ask {
                #expect(loop.inEventLoop)
                continuation.resume()
            }
        }
        try await group.shutdownGracefully()
    }
}
