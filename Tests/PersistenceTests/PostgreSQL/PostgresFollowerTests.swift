import Synchronization
import Testing

@testable import Persistence

@Suite("Following what other daemons store", .timeLimit(.minutes(1)))
struct PostgresFollowerTests {
    /// Changes are not kept for ever: after a long time without the database a revoked token may never be heard of.
    @Test func whoWasWithoutTheDatabaseForTooLongTrustsNobody() async throws {
        let test = try TestStore(.postgres)
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        let told = Mutex<[Change]>([])
        let log = RoomLog(node: 1, first: .test(), formerAuthor: "gone") { batch in
            for case .change(let change, _) in batch.items { told.withLock { $0.append(change) } }
        }
        let door = PostgresDoor(address: try PostgresAddress(TestPostgres.url(schema: test.path)), onNotice: { _ in })
        let gap = Duration.seconds(2)
        let follower = PostgresFollower(
            worker: PostgresWorker("test", door: door), log: log, clock: test.clock, measures: StoreMeasures(),
            longestGap: gap)
        func look(at topic: String) async throws {
            let change = Change.topic(room, by: alice, topic: topic)
            try await test.store.write(origin: nil) { $0.record(change) }
            follower.look(at: nil)
            while !told.withLock({ $0.contains(change) }) { try await Task.sleep(for: .milliseconds(1)) }
        }
        try await look(at: "before")
        #expect(!told.withLock { $0.contains(.changesMissed) })
        try await Task.sleep(for: gap + .milliseconds(100))
        try await look(at: "after")
        // Before anything else of that reading, so that nobody hears what is no longer for them.
        let last = told.withLock { $0.suffix(2) }
        #expect(last.first == .changesMissed)
    }
}
