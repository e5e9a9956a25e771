import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Testing

@testable import GatherChatd

@Suite("The watch over loops and store", .serialized)
struct LivenessWatchTests {
    private static let times = LivenessWatch.Times(
        pause: .milliseconds(10), told: .milliseconds(100), ended: .milliseconds(400))

    /// What the watch did.
    private final class Record: LogHandler, @unchecked Sendable {
        // Everything mutable is behind the lock; the two settings are fixed.
        private let lines = Mutex<[String]>([])
        private let counts = Mutex((well: 0, ended: [String]()))
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) {
            lines.withLock { $0.append("\(event.message) \(event.metadata?["subject"]?.description ?? "")") }
        }

        var told: [String] { lines.withLock { $0 } }
        var well: Int { counts.withLock { $0.well } }
        var ended: [String] { counts.withLock { $0.ended } }
        func countWell() { counts.withLock { $0.well += 1 } }
        func end(_ name: String) { counts.withLock { $0.ended.append(name) } }
    }

    /// Runs the watch until something holds, at most 5 s.
    private func watch(
        _ subjects: [LivenessWatch.Subject], until holds: @escaping @Sendable (Record) -> Bool
    ) async -> Record {
        let record = Record()
        let watch = LivenessWatch(
            subjects: subjects, times: Self.times, logger: Logger(label: "test") { _ in record },
            isWell: { record.countWell() }, end: { record.end($0) })
        let task = Task { try await watch.run() }
        let deadline = ContinuousClock.now + .seconds(5)
        while !holds(record), ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        return record
    }

    @Test func whoAnswersIsWell() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let record = await watch([.loop(0, group.next())]) { $0.well >= 20 }
        #expect(record.well >= 20 && record.told.isEmpty && record.ended.isEmpty)
        try await group.shutdownGracefully()
    }

    @Test func aLoopThatIsHeldUpIsNamedAndComesBack() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let loop = group.next()
        loop.execute { usleep(250_000) }
        let record = await watch([.loop(0, group.next()), .loop(7, loop)]) { $0.told.count >= 2 }
        #expect(record.told == ["silent for 0 s loop 7", "it answers again loop 7"] && record.ended.isEmpty)
        try await group.shutdownGracefully()
    }

    @Test func whoStaysSilentEndsTheProcess() async {
        let record = await watch([LivenessWatch.Subject(name: "store") { _ in }]) { !$0.ended.isEmpty }
        #expect(record.ended.first == "store" && record.told == ["silent for 0 s store"])
        let untilTold = record.well
        #expect(untilTold > 0, "before the silence is long enough to be told, it is none")
    }
}
