import Foundation
import GRDB
import Synchronization
import Testing

@testable import Persistence

@Suite("Moving from SQLite to PostgreSQL", .timeLimit(.minutes(2)))
struct HouseMoveTests {
    /// A digest good enough to tell rows of a test apart (FNV-1a, Fowler, Noll and Vo).
    static let hash: @Sendable ([UInt8]) -> [UInt8] = { bytes in
        let value = bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return withUnsafeBytes(of: value) { Array($0) }
    }

    /// A file in which every table has rows, NULLs and odd text among them.
    func filledFile(messages: Int = 2_500) async throws -> (path: String, alice: AccountReference, room: RoomReference)
    {
        let path = NSTemporaryDirectory() + "gather-\(UUID().uuidString).sqlite"
        let log = BatchLog()
        let clock = ManualClock(Timestamp(milliseconds: 1_800_000_000_000))
        let store = try SQLiteStore(path: path, clock: clock, onCommit: log.add, onFatal: { _ in })
        let far = Timestamp(milliseconds: 1_900_000_000_000)
        let (alice, room) = try await store.write(origin: nil) { transaction in
            let people = try ["alice", "bob", "carol", "gone"].map { name in
                try transaction.createAccount(
                    username: name, folded: name, email: "\(name)@example.org", emailFolded: "\(name)@example.org",
                    password: "p$\\\"{},", avatarDigest: "d", avatarBytes: 1
                ).reference
            }
            try transaction.setDisplayName("Zoë 🙂 \"{NULL},\\\n", account: people[1].id)
            let room = try transaction.createRoom(name: "Tea", folded: "tea", topic: nil, owner: people[0].id).reference
            try transaction.addMember(room: room.id, account: people[1].id)
            try transaction.setMood("'; DROP TABLE room; --", room: room.id, account: people[1].id)
            try transaction.setBudget(
                BudgetRecord(low: 1, high: 2, currency: "EUR"), room: room.id, account: people[0].id)
            try transaction.replaceAvailability(
                [StoredWindow(start: 1, end: 5), StoredWindow(start: 7, end: 9)], saidNone: false, room: room.id,
                account: people[0].id)
            for _ in 0..<2 { try transaction.invite(people[2].id, to: room.id, by: people[0].id, expires: far) }
            try transaction.createInviteCode("abcdabcdabcd", room: room.id, by: people[0].id, expires: far)
            try transaction.bar(people[3].id, from: room.id)
            let family = try transaction.createTokenFamily(
                account: people[0].id, name: "T", folded: "t", refreshExpires: far)
            try transaction.addTokenPair(
                family: family, pair: 1, access: [0, 1, 255], accessExpires: far, refresh: [0], refreshExpires: far)
            try transaction.createMailToken(
                hash: [9, 0, 9],
                MailTokenRecord(
                    purpose: .signup, account: nil, username: "x", email: "x@example.org", password: nil, expires: far,
                    usedAt: nil))
            try transaction.enqueueMail(to: "a@example.org", subject: "s", body: "b\r\nc", expires: far)
            _ = try transaction.firstSetting("token key", [0, 7, 0])
            return (people[0], room)
        }
        store.append(contentsOf: [.test("with a key", in: "tea", as: alice, once: "k")])
        store.append(contentsOf: (1..<messages).map { .test("message \($0)", in: "tea", as: alice) })
        // An id that was given and is gone: it stays given.
        try await store.write(origin: nil) { transaction in
            guard let gone = try transaction.account(named: "gone") else { return }
            try transaction.eraseAccount(gone.reference.id)
        }
        await store.close()
        return (path, alice, room)
    }

    func move(_ path: String, to schema: String, report: @escaping @Sendable (HouseMove.Progress) -> Void = { _ in })
        throws -> HouseMove.Outcome
    {
        try HouseMove(from: path, to: TestPostgres.url(schema: schema), hash: Self.hash, report: report).run()
    }

    @Test func everyTableAndColumnOfTheEmbeddedStoreMoves() throws {
        let pool = try SQLiteFile.open(NSTemporaryDirectory() + "gather-\(UUID().uuidString).sqlite")
        let expected = Dictionary(
            uniqueKeysWithValues: MovedTable.all.map { ($0.name, $0.columns.map { "\($0.name) \($0.kind)" }) })
        let found = try pool.read { database in
            let names = try String.fetchAll(
                database, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            return try Dictionary(
                uniqueKeysWithValues: names.map { name in
                    let columns = try Row.fetchAll(database, sql: "PRAGMA table_info(\(name))").map { row in
                        let types = ["INTEGER": "integer", "TEXT": "text", "BLOB": "bytes"]
                        return "\(row["name"] as String) \(types[row["type"] as String] ?? "?")"
                    }
                    return (name, columns)
                })
        }
        #expect(found == expected)
    }

    @Test func everythingIsThereAfterwards() async throws {
        let (path, alice, room) = try await filledFile()
        let schema = try TestPostgres.makeSchema()
        let outcome = try move(path, to: schema)
        guard case .moved(let rows) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(rows["message"] == 2_500 && rows["account"] == 3 && rows["invitation_log"] == 2)
        #expect(MovedTable.all.allSatisfy { (rows[$0.name] ?? 0) > 0 || $0.name == "barred" })
        let test = try TestStore(.postgres, path: schema)
        let bob = try await test.store.read { try $0.account(named: "bob") }
        #expect(bob?.displayName == "Zoë 🙂 \"{NULL},\\\n" && bob?.password == "p$\\\"{},")
        #expect(try await test.store.read { try $0.setting("token key") } == [0, 7, 0])
        #expect(try await test.store.read { try $0.token(hash: [0, 1, 255])?.family.name } == "T")
        #expect(try await test.store.read { try $0.availability(room: room.id, account: alice.id).count } == 2)
        // The same key is the same message; the next one has the next id; a new account has an id nobody had.
        #expect(try await test.say(["with a key"], in: "tea", as: alice, once: "k").map(\.id) == [1])
        #expect(try await test.say(["next"], in: "tea", as: alice).map(\.id) == [2_501])
        #expect(try await test.account("dave").id.rawValue == 5)
    }

    @Test func aMoveThatWasDoneIsToldAsSuchAndContentOfOthersIsLeftAlone() async throws {
        let (path, alice, _) = try await filledFile(messages: 10)
        let schema = try TestPostgres.makeSchema()
        _ = try move(path, to: schema)
        guard case .wasMoved(let rows) = try move(path, to: schema) else {
            Issue.record("it moved twice")
            return
        }
        #expect(rows["message"] == 10)
        let test = try TestStore(.postgres, path: schema)
        _ = try await test.say(["something new"], in: "tea", as: alice)
        #expect(throws: HouseMove.Failure.targetInUse) { try move(path, to: schema) }
        #expect(try await test.store.read { try $0.room(named: "tea")?.lastID } == 11)
    }

    @Test(arguments: [1, 5, 12, 16, 20, 30]) func anInterruptionLeavesNothingAndTheMoveIsBegunAgain(page: Int)
        async throws
    {
        let (path, _, _) = try await filledFile()
        let schema = try TestPostgres.makeSchema()
        let pages = Atomic(0)
        #expect(throws: StoreFailure.self) {
            try move(path, to: schema) { _ in
                guard pages.add(1, ordering: .relaxed).newValue == page else { return }
                // The server ends the session that moves.
                _ = try? TestPostgres.connection().run([
                    PostgresStatement(
                        """
                        SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
                        JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE n.nspname = '\(schema)' AND c.relname = 'barred' AND l.mode = 'ExclusiveLock'
                        """)
                ])
            }
        }
        let left = try TestPostgres.connection(schema: schema).run([PostgresStatement("SELECT count(*) FROM account")])
        #expect(left[0][0].values == [.integer(0)])
        guard case .moved(let rows) = try move(path, to: schema) else {
            Issue.record("not moved")
            return
        }
        #expect(rows["message"] == 2_500)
    }

    /// A move and a daemon refuse it in the same words.
    func expectRefusal(of url: String, _ words: String) async throws {
        let (path, _, _) = try await filledFile(messages: 1)
        let failure = StoreFailure.cannotOpen(words)
        #expect(throws: failure) { try HouseMove(from: path, to: url, hash: Self.hash, report: { _ in }).run() }
        #expect(throws: failure) {
            try PostgresStore(url: url, serverName: "chat.test", clock: SystemClock(), onCommit: { _ in })
        }
    }

    @Test func aDatabaseThatNoDaemonWouldTakeIsRefused() async throws {
        try await TestPostgres.withDatabase("TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'") { url in
            try await expectRefusal(of: url, "the PostgreSQL database must have the encoding UTF8")
        }
    }

    @Test func aURLThatCanNeverBeRightIsRefused() async throws {
        try await expectRefusal(
            of: "postgres://gather@127.0.0.1:1/x?sslmode=x", "the PostgreSQL URL: invalid sslmode value: \"x\"")
    }

    @Test func rowsThatChangeOnTheWayAreFound() async throws {
        let (path, _, _) = try await filledFile(messages: 10)
        let schema = try TestPostgres.makeSchema()
        let connection = try TestPostgres.connection(schema: schema)
        try PostgresMigration.run(connection)
        for statement in [
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.text := upper(NEW.text); RETURN NEW; END'",
            "CREATE TRIGGER spoil BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION spoil()",
        ] {
            _ = try connection.run([PostgresStatement(statement)])
        }
        #expect(throws: HouseMove.Failure.differs("message")) { try move(path, to: schema) }
        #expect(
            try connection.run([PostgresStatement("SELECT count(*) FROM account")])[0][0].values == [.integer(0)])
    }
}
