import Testing

@testable import Persistence

/// Messages of two people in two rooms, as a version before `spoke` stored them, for both stores.
enum OlderContent {
    static let statements =
        (1...2).map { person in
            """
            INSERT INTO account (id, name, folded, email, email_folded, password, created, avatar_digest, avatar_bytes)
            VALUES (\(person), 'P\(person)', 'p\(person)', 'e\(person)', 'e\(person)', 'p', 1, 'd', 1)
            """
        } + [
            "INSERT INTO room (id, name, folded, created, first_id, last_id) VALUES (1, 'Tea', 'tea', 1, 1, 3000)",
            "INSERT INTO room (id, name, folded, created, first_id, last_id) VALUES (2, 'Pub', 'pub', 1, 1, 9)",
            "INSERT INTO member (room, account, role, sequence, joined) VALUES (1, 1, 2, 1, 1), (1, 2, 0, 2, 1)",
            // The second person in 100 messages of each third thousand, and in the other room; one message is nobody's.
            """
            WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < 3000)
            INSERT INTO message (room, id, time, author, text)
            SELECT 1, id, 1, CASE WHEN id = 5 THEN NULL WHEN id % 2000 >= 1900 THEN 2 ELSE 1 END, 'm' FROM ids
            """,
            """
            WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < 9)
            INSERT INTO message (room, id, time, author, text) SELECT 2, id, 1, 2, 'm' FROM ids
            """,
        ]

    /// Everything is found by its author, what is added as well, and an account that is erased is nobody's author.
    static func expect(in test: TestStore) async throws {
        let people = (1...2).map { AccountReference(id: AccountID(rawValue: $0), name: "P\($0)") }
        let rooms = [
            RoomReference(id: RoomID(rawValue: 1), name: "Tea"), RoomReference(id: RoomID(rawValue: 2), name: "Pub"),
        ]
        #expect(
            try await test.ownIDs(of: people[0], in: rooms[0]) == (1...3_000).filter { $0 != 5 && $0 % 2_000 < 1_900 })
        try await test.sayMany(100, in: "tea", as: people[1])
        #expect(try await test.ownIDs(of: people[1], in: rooms[0]) == Array(1_900...1_999) + Array(3_001...3_100))
        #expect(try await test.ownIDs(of: people[1], in: rooms[1]) == Array(1...9))
        try await test.store.write(origin: nil) { try $0.eraseAccount(people[1].id) }
        let left = try await test.store.read { transaction in
            try transaction.session.rows(
                "SELECT room, author, count(*) FROM message GROUP BY room, author ORDER BY room, count(*)", []
            ).map { row in (0...2).map { row.optionalInteger($0) } }
        }
        #expect(left == [[1, nil, 201], [1, 1, 2_899], [2, nil, 9]])
        #expect(try await test.spokenRows() == ["1 1 0", "1 1 1", "1 1 2"])
    }
}
