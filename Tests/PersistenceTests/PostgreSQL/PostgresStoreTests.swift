import Foundation
import Testing

@testable import Persistence

@Suite("The PostgreSQL store", .timeLimit(.minutes(2)))
struct PostgresStoreTests {
    @Test func releasedStepsAreAsTheyWere() {
        #expect(PostgresSchema.steps.starts(with: FrozenPostgresSchema.steps))
    }

    /// The released schemas, frozen: a database of any must open with today's code for ever.
    @Test(arguments: 1...FrozenPostgresSchema.steps.count) func everyReleasedSchemaMigratesToTodays(version: Int)
        async throws
    {
        let schema = try TestPostgres.makeSchema()
        let connection = try TestPostgres.connection(schema: schema)
        let content = [
            "CREATE TABLE gather_schema (version bigint NOT NULL)", "INSERT INTO gather_schema VALUES (\(version))",
            """
            INSERT INTO account (name, folded, email, email_folded, password, created, avatar_digest, avatar_bytes)
            VALUES ('A', 'a', 'e', 'e', 'p', 1, 'd', 1)
            """,
            "INSERT INTO room (name, folded, created, first_id, last_id) VALUES ('Tea', 'tea', 1, 1, 1)",
            "INSERT INTO message (room, id, time, author, text) VALUES (1, 1, 1, 1, 'hello')",
            """
            INSERT INTO mail (recipient, subject, body, created, next_try, expires)
            VALUES ('r', 's', 'b', 1, 1, 1900000000000)
            """,
        ]
        for statement in FrozenPostgresSchema.steps[..<version].joined() + content {
            _ = try connection.run([PostgresStatement(statement)])
        }
        let test = try TestStore(.postgres, path: schema)
        let entry = try await test.store.read { try $0.history(room: RoomID(rawValue: 1), after: 0, limit: 1).first }
        #expect(entry?.text == "hello" && entry?.authorName == "A")
        #expect(try await test.store.read { try $0.dueMails(limit: 1).first?.to } == "r")
    }

    /// Before there was `spoke`, in which blocks somebody spoke was only in the messages.
    @Test(arguments: 1...2) func messagesOfAnOlderDatabaseAreFoundByTheirAuthorAndLoseIt(version: Int) async throws {
        let schema = try TestPostgres.makeSchema()
        let connection = try TestPostgres.connection(schema: schema)
        let version =
            [
                "CREATE TABLE gather_schema (version bigint NOT NULL)", "INSERT INTO gather_schema VALUES (\(version))",
            ] + FrozenPostgresSchema.steps[..<version].joined()
        let sequences = ["account", "room"].map { "SELECT setval(pg_get_serial_sequence('\($0)', 'id'), 2)" }
        for statement in version + OlderContent.statements + sequences {
            _ = try connection.run([PostgresStatement(statement)])
        }
        try await OlderContent.expect(in: TestStore(.postgres, path: schema))
    }

    @Test func whatTwoDaemonsStoreInTurnIsFoundByItsAuthor() async throws {
        let schema = try TestPostgres.makeSchema()
        let stores = try (0..<2).map { _ in try TestStore(.postgres, path: schema) }
        let people = try await [stores[0].account("a"), stores[0].account("b")]
        let room = try await stores[0].room("tea", owner: people[0], members: people[1])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for test in stores {
                for person in people {
                    group.addTask {
                        for _ in 0..<20 { try await test.sayMany(40, in: "tea", as: person) }
                    }
                }
            }
            try await group.waitForAll()
        }
        let ids = try await (stores[0].ownIDs(of: people[0], in: room), stores[1].ownIDs(of: people[1], in: room))
        #expect(ids.0.count == 1_600 && (ids.0 + ids.1).sorted() == Array(1...3_200))
        try await stores[1].store.write(origin: nil) { try $0.eraseAccount(people[1].id) }
        let left = try TestPostgres.connection(schema: schema)
            .run([PostgresStatement("SELECT author, count(*) FROM message GROUP BY author ORDER BY author")])[0]
        #expect(left.map(\.values) == [[.integer(1), .integer(1_600)], [.null, .integer(1_600)]])
    }

    /// Daemons are upgraded one after the other: who is not yet does not know that speakers are noted.
    @Test func whatADaemonOfAnOlderVersionStoresMeanwhileIsFoundByItsAuthor() async throws {
        let schema = try TestPostgres.makeSchema()
        let test = try TestStore(.postgres, path: schema)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let room = try await test.room("tea", owner: alice, members: bob)
        try await test.sayMany(1_020, in: "tea", as: alice)
        let older = try TestPostgres.connection(schema: schema)
        _ = try older.run([
            PostgresStatement("RESET gather.notes_speakers"), .begin,
            PostgresStatement(
                """
                INSERT INTO message (room, id, time, author, text)
                SELECT \(room.id.rawValue), id, 1, \(bob.id.rawValue), 'x' FROM generate_series(1021, 1030) AS ids (id)
                """),
            PostgresStatement("UPDATE room SET last_id = 1030 WHERE id = \(room.id.rawValue)"), .commit,
        ])
        #expect(try await test.spokenRows() == ["1 1 0", "2 1 0", "2 1 1"])
        #expect(try await test.ownIDs(of: bob, in: room) == Array(1_021...1_030))
        try await test.sayMany(1, in: "tea", as: bob)
        #expect(try await test.ownIDs(of: bob, in: room) == Array(1_021...1_031))
    }

    @Test func aDatabaseOfANewerVersionIsRefused() throws {
        let schema = try TestPostgres.makeSchema()
        _ = try TestPostgres.connection(schema: schema).run([
            PostgresStatement("CREATE TABLE gather_schema (version bigint NOT NULL)"),
            PostgresStatement("INSERT INTO gather_schema VALUES (99)"),
        ])
        #expect {
            try TestStore(.postgres, path: schema)
        } throws: { error in
            if case StoreFailure.cannotOpen(let words) = error { words.contains("newer version") } else { false }
        }
    }

    @Test func storesThatOpenAtOnceMakeTheTablesOnce() async throws {
        let schema = try TestPostgres.makeSchema()
        let stores = try await withThrowingTaskGroup(of: TestStore.self) { group in
            for _ in 0..<4 { group.addTask { try TestStore(.postgres, path: schema) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let versions = try TestPostgres.connection(schema: schema)
            .run([PostgresStatement("SELECT count(*) FROM gather_schema")])[0]
        #expect(versions.first?.optionalInteger(0) == Int64(PostgresSchema.steps.count))
        #expect(stores.count == 4)
    }

    @Test func aKeyThatTwoDaemonsWantToBeTheFirstToSetIsOne() async throws {
        let schema = try TestPostgres.makeSchema()
        let stores = try (0..<4).map { _ in try TestStore(.postgres, path: schema) }
        let values = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for (number, test) in stores.enumerated() {
                group.addTask {
                    try await test.store.write(origin: nil) { try $0.firstSetting("key", [UInt8(number)]) }
                }
            }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(values.count == 1)
    }

    /// What is decided by a look at rows holds against everybody else who decides at the same time.
    @Test func ofManyWhoWantANameOneGetsItAndTheOthersAreTold() async throws {
        struct Taken: Error {}
        let schema = try TestPostgres.makeSchema()
        let stores = try (0..<3).map { _ in try TestStore(.postgres, path: schema) }
        let alice = try await stores[0].account("alice")
        for round in 0..<10 {
            let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
                for test in stores {
                    for _ in 0..<3 {
                        group.addTask {
                            do {
                                try await test.store.write(origin: nil) { transaction in
                                    guard try transaction.room(named: "room\(round)") == nil else { throw Taken() }
                                    _ = try transaction.createRoom(
                                        name: "Room\(round)", folded: "room\(round)", topic: nil, owner: alice.id)
                                }
                                return true
                            } catch is Taken {
                                return false
                            }
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count(where: { $0 }) == 1 && outcomes.count == 9)
        }
    }

    @Test func twoStoresTellOneOrderOfMessagesAndChanges() async throws {
        let schema = try TestPostgres.makeSchema()
        let stores = try (0..<2).map { _ in try TestStore(.postgres, path: schema) }
        let people = try await [stores[0].account("a"), stores[0].account("b")]
        let room = try await stores[0].room("tea", owner: people[0], members: people[1])
        for test in stores { test.store.follow(room, after: 0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (test, person) in zip(stores, people) {
                group.addTask {
                    for number in 0..<30 {
                        _ = try await test.say(["\(person.name)\(number)", "x", "y"], in: "tea", as: person)
                        try await test.store.write(origin: nil) {
                            $0.record(.topic(room, by: person, topic: "\(person.name)\(number)"))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let complete = 2 * 30 * 4
        try await waitUntil { stores.allSatisfy { $0.log.shown.count == complete } }
        #expect(stores[0].log.shown == stores[1].log.shown)
        #expect(stores[0].log.all.compactMap(\.id) == Array(1...180))
    }

    @Test func whoWasPutOutByAnotherDaemonIsNotRememberedAsAMember() async throws {
        let schema = try TestPostgres.makeSchema()
        let (here, there) = (try TestStore(.postgres, path: schema), try TestStore(.postgres, path: schema))
        let (alice, bob) = try await (here.account("alice"), here.account("bob"))
        let room = try await here.room("tea", owner: alice, members: bob)
        #expect(try await here.say(["known"], in: "tea", as: bob).map(\.id) == [1])
        try await there.store.write(origin: nil) { transaction in
            try transaction.removeMember(room: room.id, account: bob.id)
            transaction.record(.kicked(room, bob, by: alice, reason: nil))
        }
        #expect(try await here.say(["still?"], in: "tea", as: bob).map(\.refusal) == [.noSuchRoom])
        #expect(try await here.say(["mine"], in: "tea", as: alice).map(\.id) == [2])
    }

    @Test func commitsAreDurableAlsoWhereARoleSaysOtherwise() throws {
        let url = try TestPostgres.url(schema: "public") + "%20-csynchronous_commit%3Doff"
        let connection = try PostgresDoor.open(try PostgresAddress(url))
        let shown = try connection.run([
            PostgresStatement("SELECT current_setting('synchronous_commit'), current_setting('lock_timeout')")
        ])[0]
        #expect(shown.first?.optionalText(0) == "on" && shown.first?.optionalText(1) == "5s")
    }

    /// Planning a statement takes as long as running it, where it stores one message.
    @Test func noStatementOfTheMessageLaneIsPlannedForItsValues() async throws {
        let test = try TestStore(.postgres)
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        let address = try PostgresAddress(TestPostgres.url(schema: test.path))
        let connection = try PostgresDoor.open(address, as: PostgresMessageLane.session)
        let worker = PostgresWorker("test", door: PostgresDoor(address: address, onNotice: { _ in }))
        let lane = PostgresLane(node: 1, number: 0, onNotice: { _ in })
        for number in 1...7 {
            // As a daemon that knows nothing yet: it asks for all that it may have to ask for.
            var batch = PostgresMessageBatch(
                [
                    .message(
                        MessageDraft(
                            room: room.name, typedRoom: "#tea", author: alice.id, authorName: alice.name, text: "hi",
                            once: "key\(number)", label: nil, origin: Origin(connection: 1, loop: 0)))
                ], memory: PostgresRoomMemory(), lane: lane, now: test.clock.now())
            try batch.lock(connection, skipping: number == 7)
            try batch.number(connection)
            #expect(try lane.commit(now: batch.now, connection, worker) { [batch.insertion(with: $0)] })
        }
        let plans = try connection.run([
            PostgresStatement(
                "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%$1%'")
        ])[0]
        #expect(plans.count >= 6)
        // The statement that sets this up came before it.
        #expect(try plans.count { try $0.integer(1) > 0 } == 1)
    }

    @Test(arguments: ["", "\"{},\\", "a\nb", "ÄÖ🙂", "NULL", "'; DROP TABLE room; --"])
    func valuesAndArraysArriveAsTheyAre(
        text: String
    ) throws {
        let connection = try TestPostgres.connection()
        let row = try connection.run([
            PostgresStatement(
                "SELECT $1::text, ($2::text[])[2], ($3::bigint[])[1], $4::bytea, $5::text, cardinality($6::bigint[])",
                [
                    .value(.text(text)), .texts(["x", text]), .integers([.min, .max]), .value(.bytes(Array(text.utf8))),
                    .value(.null), .integers([]),
                ])
        ])[0][0]
        #expect(
            row.values == [
                .text(text), .text(text), .integer(.min), .bytes(Array(text.utf8)), .null, .integer(0),
            ])
    }

    @Test func afterAStatementThatFailsTheConnectionIsAsBefore() throws {
        let connection = try TestPostgres.connection()
        for _ in 0..<2 {
            #expect(throws: PostgresFailure(state: "22012")) {
                try connection.run([
                    PostgresStatement("SELECT 1"), PostgresStatement("SELECT 1 / 0"), PostgresStatement("SELECT 2"),
                ])
            }
            #expect(try connection.run([PostgresStatement("SELECT 2::bigint")])[0][0].values == [.integer(2)])
        }
    }

    @Test(arguments: [
        ("7:12,15", PostgresNotification(node: 7, rooms: [12, 15])), ("7:*", PostgresNotification(node: 7, rooms: nil)),
        ("7:", PostgresNotification(node: 7, rooms: [])), ("", nil), ("7", nil), ("x:1", nil), ("7:1,x", nil),
        ("7:1:2", nil),
    ]) func aNotificationIsReadOnlyInItsOwnForm(payload: String, expected: PostgresNotification?) {
        #expect(PostgresNotification(payload) == expected)
        if let expected, expected.rooms?.count != 2 { #expect(expected.payload == payload) }
    }

    @Test func everyChangeSurvivesItsRow() throws {
        let (room, person) = (RoomReference.test(3), AccountReference(id: AccountID(rawValue: 4), name: "bob"))
        let changes: [Change] = [
            .joined(room, person), .listens(room, person), .left(room, person, reason: "bye"), .resigned(room, person),
            .kicked(room, person, by: person, reason: nil), .role(room, person, .owner, by: nil),
            .topic(room, by: person, topic: "t"), .access(room, by: person, access: .open),
            .created(room, by: person, topic: nil), .renamed(room, to: room, by: person, members: [person.id]),
            .deleted(room, by: person, members: [person.id]), .invited(room, person, by: person),
            .mood(room, by: person, mood: "m"), .budget(room, by: person, budget: nil),
            .distance(room, by: person, metres: 5), .availability(room, by: person, count: 2),
            .avatar([room], person, url: "u"), .displayName([room], person, name: nil),
            .sessionsClosed(person.id, .passwordChanged), .familyRevoked(person.id, 9),
        ]
        for change in changes {
            let rows = try StoredChange.rows(of: change)
            #expect(rows.count == 1 && rows.first.map { StoredChange.change(from: $0.payload) } == change)
        }
        #expect(try StoredChange.rows(of: .displayName([room, .test(5)], person, name: "n")).map(\.room) == [3, 5])
        #expect(StoredChange.change(from: "{\"ofTomorrow\":{}}") == nil)
    }
}

extension BatchLog {
    /// Messages and topics, in the order told.
    var shown: [String] {
        all.compactMap { item in
            switch item {
            case .message(let message): "\(message.id) \(message.text)"
            case .change(.topic(_, _, let topic), _): topic
            case .change, .refused: nil
            }
        }
    }
}
