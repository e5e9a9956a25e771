import Dispatch
import Foundation
import GRDB
import Synchronization
import Testing

@testable import Persistence

@Suite("When the embedded store is in trouble", .timeLimit(.minutes(2)))
struct SQLiteFailureTests {
    static func size(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }

    @Test(arguments: [ResultCode.SQLITE_IOERR_FSYNC, .SQLITE_IOERR_DIR_FSYNC, .SQLITE_CORRUPT, .SQLITE_NOTADB])
    func afterAnErrorThatIsFatalNothingIsWrittenAnyMore(code: ResultCode) async throws {
        let told = Mutex<[String]>([])
        let test = try TestStore { words in told.withLock { $0.append(words) } }
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        let words = "SQLite error \(code)"
        await #expect(throws: StoreFailure.unknownOutcome(words)) {
            try await test.store.write(origin: nil) { _ in throw DatabaseError(resultCode: code) }
        }
        #expect(try await test.say(["x"], in: "tea", as: alice).map(\.refusal) == [.unavailable])
        await #expect(throws: StoreFailure.unavailable("the file can no longer be trusted")) {
            try await test.store.write(origin: nil) { try $0.setTopic("x", room: room.id) }
        }
        #expect(told.withLock { $0 } == [words])
        #expect(try await test.store.read { try $0.room(room.id)?.topic } == nil)
    }

    @Test(arguments: [ResultCode.SQLITE_FULL, .SQLITE_IOERR_WRITE, .SQLITE_IOERR_READ, .SQLITE_NOMEM])
    func anErrorThatPassesFailsItsBatchAndTheNextWorks(code: ResultCode) async throws {
        let test = try TestStore()
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        let words = "SQLite error \(code)"
        await #expect(throws: StoreFailure.unavailable(words)) {
            try await test.store.write(origin: nil) { transaction in
                try transaction.setTopic("lost", room: room.id)
                transaction.record(.topic(room, by: alice, topic: "lost"))
                throw DatabaseError(resultCode: code)
            }
        }
        #expect(try await test.store.read { try $0.room(room.id)?.topic } == nil)
        #expect(test.log.changes.isEmpty)
        #expect(try await test.say(["x"], in: "tea", as: alice).map(\.id) == [1])
    }

    @Test func everybodyInABatchThatFailsIsToldAndTheIDsHaveNoGap() async throws {
        let test = try TestStore()
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        #expect(try await test.say(["one"], in: "tea", as: alice).map(\.id) == [1])
        let gate = try await test.holdWriter()
        // All these share the batch behind the one that waits.
        test.store.append(contentsOf: [.test("two", in: "tea", as: alice)])
        let good = Task { try await test.store.write(origin: nil) { try $0.setTopic("x", room: room.id) } }
        try await waitUntil { test.store.queueDepth == 2 }
        // It rests on what the batch did, and the batch will not have been.
        struct Taken: Error {}
        let misled = Task { try await test.store.write(origin: nil) { _ in throw Taken() } }
        try await waitUntil { test.store.queueDepth == 3 }
        let bad = Task {
            try await test.store.write(origin: nil) { _ in throw DatabaseError(resultCode: .SQLITE_FULL) }
        }
        try await waitUntil { test.store.queueDepth == 4 }
        let unreached = Task { try await test.store.write(origin: nil) { try $0.setTopic("y", room: room.id) } }
        try await waitUntil { test.store.queueDepth == 5 }
        gate.signal()
        let failure = StoreFailure.unavailable("SQLite error 13 (database or disk is full)")
        await #expect(throws: failure) { try await misled.value }
        for task in [good, bad, unreached] { await #expect(throws: failure) { try await task.value } }
        #expect(test.log.outcomes(of: 1).map(\.refusal) == [nil, .unavailable])
        #expect(try await test.store.read { try $0.room(room.id)?.topic } == nil)
        #expect(try await test.say(["two"], in: "tea", as: alice).map(\.id) == [2])
    }

    @Test func overloadIsToldInTheOrderOfTheSendersLines() async throws {
        let test = try TestStore(mostWaiting: 5)
        let alice = try await test.account("alice")
        _ = try await test.room("tea", owner: alice)
        let gate = try await test.holdWriter()
        for texts in [["1", "2", "3"], ["4", "5", "6"], ["7"]] {
            test.store.append(contentsOf: texts.map { .test($0, in: "tea", as: alice) })
        }
        #expect(test.log.outcomes(of: 1).isEmpty, "nobody is answered before those ahead of him")
        gate.signal()
        try await waitUntil { test.log.outcomes(of: 1).count == 7 }
        let outcomes = test.log.outcomes(of: 1)
        #expect(outcomes.map(\.id) == [1, 2, 3, nil, nil, nil, 4])
        #expect(outcomes.map(\.refusal) == [nil, nil, nil, .overloaded, .overloaded, .overloaded, nil])
    }

    @Test func aDamagedFileIsFatalAlsoWhereAReaderFindsIt() async throws {
        let path = NSTemporaryDirectory() + "gather-\(UUID().uuidString).sqlite"
        let told = Mutex<[String]>([])
        let made = try TestStore(path: path)
        let alice = try await made.account("alice")
        let room = try await made.room("tea", owner: alice)
        let texts = (0..<400).map { "\($0) " + String(repeating: "x", count: 1_000) }
        _ = try await made.say(texts, in: "tea", as: alice)
        await made.store.close()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        let pages = try Self.size(path) / 4_096
        for page in stride(from: pages / 2, to: pages, by: 1) {
            try file.seek(toOffset: UInt64(page * 4_096))
            try file.write(contentsOf: Data(repeating: 0xA5, count: 4_096))
        }
        try file.close()
        let test = try TestStore(path: path) { words in told.withLock { $0.append(words) } }
        await #expect(throws: StoreFailure.unavailable("SQLite error 11 (database disk image is malformed)")) {
            try await test.store.read { try $0.history(room: room.id, after: 0, limit: 500) }
        }
        #expect(told.withLock { $0 } == ["SQLite error 11 (database disk image is malformed)"])
        #expect(try await test.say(["x"], in: "tea", as: alice).map(\.refusal) == [.unavailable])
        withExtendedLifetime(made) {}
    }

    @Test func theLogIsMovedIntoTheFileAndDoesNotGrowWithoutEnd() async throws {
        let test = try TestStore()
        let alice = try await test.account("alice")
        _ = try await test.room("tea", owner: alice)
        let text = String(repeating: "x", count: 4_000)
        for _ in 0..<40 { _ = try await test.say(Array(repeating: text, count: 100), in: "tea", as: alice) }
        // 4,000 messages of a page each; the log begins anew after 1,000 pages and what one batch adds to them.
        #expect(try Self.size(test.path) > 2_500 * 4_096)
        #expect(try Self.size(test.path + "-wal") < 1_600 * 4_120)
    }

    @Test func closedTheFileIsWholeAloneAndHoldsEverything() async throws {
        let test = try TestStore()
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        _ = try await test.say(["hello"], in: "tea", as: alice)
        await test.store.close()
        #expect(!FileManager.default.fileExists(atPath: test.path + "-wal"))
        let again = try TestStore(path: test.path)
        #expect(
            try await again.store.read { try $0.history(room: room.id, after: 0, limit: 9).map(\.text) } == ["hello"])
        withExtendedLifetime(test) {}
    }
}

extension TestStore {
    /// Keeps the writer inside a batch of its own until the gate is signalled.
    func holdWriter() async throws -> DispatchSemaphore {
        let gate = DispatchSemaphore(value: 0)
        let held = Flag()
        Task { [store] in
            try await store.write(origin: nil) { _ in
                held.set()
                gate.wait()
            }
        }
        try await waitUntil { held.isSet }
        return gate
    }
}

final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    func set() { value.store(true, ordering: .releasing) }
    var isSet: Bool { value.load(ordering: .acquiring) }
}

/// Waits for what other threads are about to do.
func waitUntil(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(1)) }
}
