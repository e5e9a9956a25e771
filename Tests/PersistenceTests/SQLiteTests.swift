import Foundation
import GRDB
import Testing

@testable import Persistence

@Suite("The SQLite file")
struct SQLiteTests {
    func path() -> String { NSTemporaryDirectory() + "gather-\(UUID().uuidString).sqlite" }

    @Test func thePragmasOfTheWritingConnectionAreAsTheyMustBe() throws {
        let pool = try SQLiteFile.open(path())
        let values = try pool.writeWithoutTransaction { database in
            (
                mode: try String.fetchOne(database, sql: "PRAGMA journal_mode"),
                numbers: try [
                    "synchronous", "foreign_keys", "busy_timeout", "wal_autocheckpoint", "journal_size_limit",
                    "mmap_size",
                    "trusted_schema",
                ].map { try Int.fetchOne(database, sql: "PRAGMA \($0)") ?? -1 }
            )
        }
        #expect(values.mode == "wal")
        #expect(values.numbers == [2, 1, 5_000, 1_000, 67_108_864, 0, 0])
    }

    @Test func readersTrustTheFileNoMoreThanTheWriter() throws {
        let pool = try SQLiteFile.open(path())
        let numbers = try pool.read { database in
            try ["trusted_schema", "mmap_size"].map { try Int.fetchOne(database, sql: "PRAGMA \($0)") }
        }
        #expect(numbers[0] == 0 && numbers[1] == 0)
        #expect(throws: DatabaseError.self) {
            try pool.unsafeRead { try $0.execute(sql: "DELETE FROM setting") }
        }
    }

    @Test func theConnectionsThatReadAreAsThePoolsWouldBe() throws {
        let path = path()
        let pool = try SQLiteFile.open(path)
        for reader in try SQLiteFile.openReaders(path, count: 2) {
            let numbers = try reader.unsafeRead { database in
                try ["trusted_schema", "mmap_size", "busy_timeout"].map {
                    try Int.fetchOne(database, sql: "PRAGMA \($0)")
                }
            }
            #expect(numbers == [0, 0, 5_000])
            #expect(throws: DatabaseError.self) {
                try reader.unsafeRead { try $0.execute(sql: "DELETE FROM setting") }
            }
        }
        withExtendedLifetime(pool) {}
    }

    @Test func aStoreThatIsClosedReadsNoMoreAndLeavesNoLog() async throws {
        let path = path()
        let store = try SQLiteStore(path: path, clock: SystemClock(), onCommit: { _ in }, onFatal: { _ in })
        for _ in 0..<8 { _ = try await store.read { try $0.account(named: "nobody") } }
        await store.close()
        await #expect(throws: StoreFailure.closed) { try await store.read { _ in } }
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
    }

    @Test func aFileOfANewerVersionIsRefused() throws {
        let path = path()
        try DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = 99") }
        #expect(throws: StoreFailure.self) { try SQLiteFile.open(path) }
    }

    @Test func aFileThatIsNoDatabaseIsRefused() throws {
        let path = path()
        try Data("this is no database, and long enough to be looked at".utf8).write(to: URL(fileURLWithPath: path))
        #expect(throws: (any Error).self) { try SQLiteFile.open(path) }
    }

    @Test func aSecondLockOnTheFolderFails() throws {
        let folder = NSTemporaryDirectory() + "gather-\(UUID().uuidString)"
        let first = try DataFolderLock(folder: folder)
        #expect(throws: StoreFailure.inUse("another daemon, or a command of it, uses the data folder \(folder)")) {
            try DataFolderLock(folder: folder)
        }
        withExtendedLifetime(first) {}
    }

    @Test func theLockEndsWithItsOwner() throws {
        let folder = NSTemporaryDirectory() + "gather-\(UUID().uuidString)"
        for _ in 0..<2 {
            let lock = try DataFolderLock(folder: folder)
            withExtendedLifetime(lock) {}
        }
    }

    @Test func aFolderThatCannotBeMadeIsNamed() {
        #expect(throws: StoreFailure.cannotOpen("cannot make the data folder /proc/none: No such file or directory")) {
            try DataFolderLock(folder: "/proc/none")
        }
    }

    @Test func releasedStepsAreAsTheyWere() {
        #expect(SQLiteSchema.steps.starts(with: FrozenSchema.steps))
    }

    /// The released schemas, frozen: a file of any must open with today's code for ever.
    @Test(arguments: 1...FrozenSchema.steps.count) func everyReleasedSchemaMigratesToTodays(version: Int) throws {
        let path = path()
        try DatabaseQueue(path: path).write { database in
            for statement in FrozenSchema.steps[..<version].joined() { try database.execute(sql: statement) }
            try database.execute(sql: "PRAGMA user_version = \(version)")
            try database.execute(
                sql:
                    "INSERT INTO account (name, folded, email, email_folded, password, created, avatar_digest, avatar_bytes) VALUES ('A', 'a', 'e', 'e', 'p', 1, 'd', 1)"
            )
            try database.execute(
                sql: "INSERT INTO room (name, folded, created, first_id, last_id) VALUES ('Tea', 'tea', 1, 1, 1)")
            try database.execute(sql: "INSERT INTO message (room, id, time, author, text) VALUES (1, 1, 1, 1, 'hello')")
            try database.execute(
                sql:
                    "INSERT INTO mail (recipient, subject, body, created, next_try, expires) VALUES ('r', 's', 'b', 1, 1, 9)"
            )
        }
        let pool = try SQLiteFile.open(path)
        let entry = try pool.read { database in
            try ReadTransaction(session: SQLiteSession(database: database), now: Timestamp(milliseconds: 0))
                .history(room: RoomID(rawValue: 1), after: 0, limit: 1).first
        }
        #expect(entry?.text == "hello" && entry?.authorName == "A")
        let due = try pool.read { database in
            try ReadTransaction(session: SQLiteSession(database: database), now: Timestamp(milliseconds: 1))
                .dueMails(limit: 1).first
        }
        #expect(due?.to == "r")
    }

    /// Before there was `spoke`, in which blocks somebody spoke was only in the messages.
    @Test(arguments: 1...2) func messagesOfAnOlderFileAreFoundByTheirAuthorAndLoseIt(version: Int) async throws {
        let path = path()
        let old = try DatabaseQueue(path: path)
        try await old.write { database in
            for statement in FrozenSchema.steps[..<version].joined() { try database.execute(sql: statement) }
            for statement in OlderContent.statements { try database.execute(sql: statement) }
            try database.execute(sql: "PRAGMA user_version = \(version)")
        }
        try old.close()
        let test = try TestStore(path: path)
        try await OlderContent.expect(in: test)
        let made = try SQLiteFile.open(self.path())
        let schema = "SELECT name || ' ' || coalesce(sql, '') FROM sqlite_master ORDER BY name"
        let isAsMade =
            try await DatabaseQueue(path: path).read { try String.fetchAll($0, sql: schema) }
            == made.read { try String.fetchAll($0, sql: schema) }
        #expect(isAsMade)
        let faults = try await DatabaseQueue(path: path).read {
            try String.fetchAll($0, sql: "PRAGMA integrity_check")
                + Row.fetchAll($0, sql: "PRAGMA foreign_key_check").map { "\($0)" }
        }
        #expect(faults == ["ok"])
    }

    @Test func aFullDiskFailsTheBatchAndTheNextOneWorksOnceThereIsSpace() async throws {
        let test = try TestStore()
        let alice = try await test.account("alice")
        _ = try await test.room("tea", owner: alice)
        _ = try await test.say(["before"], in: "tea", as: alice)
        try await (test.store as! SQLiteStore).limitPages(to: 0)
        let text = String(repeating: "x", count: 4_000)
        var refused = 0
        for _ in 0..<200 {
            let outcome = try await test.say([text], in: "tea", as: alice)
            if outcome.map(\.refusal) == [.unavailable] { refused += 1 }
        }
        #expect(refused > 0)
        // What still fits is stored, and messages of a batch that failed behind them left no gap.
        let kept = try await test.store.read { try $0.room(named: "tea")?.lastID ?? 0 }
        let mixed = try await test.say(["x", text, text, text], in: "tea", as: alice)
        #expect(mixed.map(\.refusal) == Array(repeating: .unavailable, count: 4))
        #expect(try await test.say(["x"], in: "tea", as: alice).map(\.id) == [kept + 1])
        #expect(try await test.store.read { try $0.room(named: "tea")?.firstID } == 1)
        let last = try await test.store.read { try $0.room(named: "tea")?.lastID ?? 0 }
        try await (test.store as! SQLiteStore).limitPages(to: 1_000_000)
        #expect(try await test.say(["after"], in: "tea", as: alice).map(\.id) == [last + 1])
    }
}

extension SQLiteStore {
    /// Lets the file grow no further than it is, plus so many pages: what a full disk does, without one.
    func limitPages(to more: Int) async throws {
        try await write(origin: nil) { transaction in
            guard let session = transaction.session as? SQLiteSession else { return }
            let pages = try Int.fetchOne(session.database, sql: "PRAGMA page_count") ?? 0
            _ = try Int.fetchOne(session.database, sql: "PRAGMA max_page_count = \(pages + more)")
        }
    }
}
