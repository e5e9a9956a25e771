import LineProtocol
import Persistence
import Testing

@testable import Commands

extension CommandBench {
    /// A line and all rows of its answer, also of one in pages, as they would be read.
    fileprivate func rows(_ line: String, as identity: Identity) async throws -> [String] {
        let answer = try await type(line, as: identity)
        guard let pages = answer.pages else { return answer.rows.map(Self.shown) }
        var shown: [String] = []
        while true {
            let page = try await pages.next()
            if page.isEmpty { return shown }
            shown += page.map(Self.shown)
        }
    }

    private static func shown(_ row: Row) -> String {
        ([row.kind] + row.fields).joined(separator: " ") + (row.text.map { " :\($0)" } ?? "")
    }

    /// A room of these people, the first of whom owns it. The clock stands at Friday 2027-01-15 08:00.
    fileprivate func room(_ names: String...) async throws -> [Identity] {
        var people: [Identity] = []
        for name in names { people.append(try await signUp(name)) }
        let owner = try #require(people.first)
        try await type("CREATE #tea", as: owner)
        try await type("ACCESS #tea open", as: owner)
        for person in people.dropFirst() { try await type("JOIN #tea", as: person) }
        return people
    }
}

@Suite("Planning verbs over a real store")
struct PlanningVerbsTests {
    @Test func availabilityIsASetWhoseWindowsAreNumbered() async throws {
        let bench = try CommandBench()
        let alice = try await bench.room("alice")[0]
        #expect(
            try await bench.rows("AVAIL #tea today 10:00-12:00", as: alice) == [
                "AVAIL #tea alice 1 2027-01-15T10:00:00Z 2027-01-15T12:00:00Z :Fri 15 Jan 10:00-12:00"
            ])
        #expect(try await bench.type("AVAIL #tea today 18:00-20:00", as: alice).rows.first?.fields[2] == "2")
        // It touches the first, and is shown as what it became.
        #expect(
            try await bench.rows("AVAIL #tea today 12:00 1h", as: alice) == [
                "AVAIL #tea alice 1 2027-01-15T10:00:00Z 2027-01-15T13:00:00Z :Fri 15 Jan 10:00-13:00"
            ])
        #expect(try await bench.type("AVAIL #tea REMOVE today 11:00-12:00", as: alice).fields == ["#tea", "3"])
        #expect(try await bench.type("AVAIL #tea REMOVE 2", as: alice).fields == ["#tea", "2"])
        #expect(await bench.code("AVAIL #tea REMOVE 3", as: alice) == .invalidParameters)
        let listed = try await bench.rows("AVAIL #tea", as: alice)
        #expect(listed.map { $0.suffix(11) } == ["10:00-11:00", "18:00-20:00"])
        #expect(try await bench.rows("AVAIL #tea LIST Alice", as: alice) == listed)
        #expect(try await bench.type("AVAIL #tea CLEAR", as: alice).fields == ["#tea", "0"])
        #expect(try await bench.rows("AVAIL #tea", as: alice) == [])
    }

    @Test func whatIsOverNoLongerCountsOrShows() async throws {
        let bench = try CommandBench()
        let people = try await bench.room("alice", "bob")
        try await bench.type("AVAIL #tea today 09:00-10:00", as: people[0])
        try await bench.type("AVAIL #tea today 18:00-20:00", as: people[0])
        try await bench.type("AVAIL #tea today 09:00-10:00", as: people[1])
        #expect(try await bench.type("WHEN #tea limit=1", as: people[0]).fields == ["#tea", "1", "2", "2", "end"])
        bench.clock.advance(milliseconds: 2 * 3_600_000)
        let listed = try await bench.rows("AVAIL #tea", as: people[0])
        #expect(listed.count == 1 && listed[0].hasPrefix("AVAIL #tea alice 1 2027-01-15T18:00:00Z"))
        // The numbers are those of the list: the first is the one that is shown.
        #expect(try await bench.type("WHEN #tea", as: people[0]).fields == ["#tea", "1", "1", "2", "end"])
        #expect(try await bench.type("STATS #tea bob", as: people[0]).fields == ["#tea", "2", "1"])
        #expect(try await bench.type("AVAIL #tea REMOVE 1", as: people[0]).fields == ["#tea", "0"])
        #expect(await bench.code("AVAIL #tea REMOVE today 09:00-09:30", as: people[0]) == .invalidTime)
    }

    @Test func whoSaidNoneIsCountedUntilTheyEnterATimeOrClear() async throws {
        let bench = try CommandBench()
        let people = try await bench.room("alice", "bob")
        try await bench.type("AVAIL #tea today 18:00-20:00", as: people[0])
        #expect(try await bench.type("AVAIL #tea NONE", as: people[1]).fields == ["#tea", "0"])
        let answer = try await bench.type("WHEN #tea", as: people[0])
        #expect(answer.fields == ["#tea", "0", "2", "2", "end"] && answer.rows.map(\.kind) == ["BEST"])
        #expect(answer.rows.first?.fields.suffix(2) == ["1/2", "bob"])
        #expect(try await bench.type("STATS #tea", as: people[0]).fields == ["#tea", "2", "2"])
        try await bench.type("AVAIL #tea CLEAR", as: people[1])
        #expect(try await bench.type("WHEN #tea", as: people[0]).fields == ["#tea", "1", "1", "2", "end"])
        try await bench.type("AVAIL #tea NONE", as: people[1])
        try await bench.type("AVAIL #tea today 19:00-21:00", as: people[1])
        try await bench.type("AVAIL #tea REMOVE 1", as: people[1])
        #expect(try await bench.type("WHEN #tea", as: people[0]).fields == ["#tea", "1", "1", "2", "end"])
    }

    @Test func windowsAreLimitedByWhatThereWouldBe() async throws {
        var limits = Limits()
        limits.windowsPerPerson = 2
        let bench = try CommandBench(limits)
        let alice = try await bench.room("alice")[0]
        try await bench.type("AVAIL #tea today 10:00-11:00", as: alice)
        try await bench.type("AVAIL #tea today 12:00-14:00", as: alice)
        #expect(await bench.code("AVAIL #tea today 15:00-16:00", as: alice) == .quotaExceeded)
        #expect(await bench.code("AVAIL #tea REMOVE today 12:30-13:00", as: alice) == .quotaExceeded)
        #expect(try await bench.type("AVAIL #tea today 11:00-12:00", as: alice).fields == ["#tea", "1"])
        // From before the limit was lowered: to take away is still allowed, to cut in two is not.
        let base = bench.clock.now().milliseconds / 60_000 + 60
        let stored = (0..<4).map { StoredWindow(start: base + $0 * 60, end: base + $0 * 60 + 30) }
        try await bench.services.store.write(origin: nil) { transaction in
            let room = try #require(try transaction.room(named: "tea")).reference.id
            try transaction.replaceAvailability(stored, saidNone: false, room: room, account: alice.account)
        }
        #expect(await bench.code("AVAIL #tea REMOVE today 09:10-09:20", as: alice) == .quotaExceeded)
        #expect(try await bench.type("AVAIL #tea REMOVE 1", as: alice).fields == ["#tea", "3"])
        #expect(try await bench.type("AVAIL #tea today 10:00-11:30", as: alice).fields == ["#tea", "2"])
    }

    @Test func everybodysTimesComeByNameInTheZoneOfTheReader() async throws {
        let bench = try CommandBench()
        let people = try await bench.room("zoe", "Bob", "anna")
        try await bench.type("SET TZ Asia/Tokyo", as: people[2])
        for person in people.prefix(2) { try await bench.type("AVAIL #tea today 18:00-20:00", as: person) }
        try await bench.type("AVAIL #tea tomorrow 01:00-02:00", as: people[2])
        #expect(
            try await bench.rows("AVAIL #tea ALL", as: people[2]) == [
                "AVAIL #tea anna 1 2027-01-15T16:00:00Z 2027-01-15T17:00:00Z :Sat 16 Jan 01:00-02:00",
                "AVAIL #tea Bob 1 2027-01-15T18:00:00Z 2027-01-15T20:00:00Z :Sat 16 Jan 03:00-05:00",
                "AVAIL #tea zoe 1 2027-01-15T18:00:00Z 2027-01-15T20:00:00Z :Sat 16 Jan 03:00-05:00",
            ])
        let pages = try #require(try await bench.type("AVAIL #tea ALL", as: people[0]).pages)
        while try await !pages.next().isEmpty {}
        #expect(await pages.fields() == ["#tea", "3"])
    }

    @Test(arguments: [
        ("WHEN #tea with=bob,dave", FailCode.noSuchUser), ("WHEN #tea with=alice,,bob", .noSuchUser),
        ("WHEN #tea each=week", .invalidParameters), ("WHEN #tea limit=0", .invalidParameters),
        ("WHEN #tea limit=101", .invalidParameters), ("WHEN #tea atleast=0", .invalidParameters),
        ("WHEN #tea min=15d", .invalidDuration), ("WHEN #tea min=0m", .invalidDuration),
        ("WHEN #tea from=fri", .invalidTime),
        ("WHEN #tea from=2027-02-02 until=2027-02-01", .invalidTime),
        ("WHEN #tea from=2027-02-02T10:00 until=2027-02-02T10:00", .invalidTime), ("WHEN #tea now", .invalidParameters),
        ("WHEN #tea min=1h min=2h", .invalidParameters), ("STATS #tea dave", .noSuchUser),
        ("AVAIL #tea LIST dave", .noSuchUser), ("AVAIL #tea LIST no/name", .noSuchUser),
        ("AVAIL #tea soon", .invalidTime),
        ("AVAIL #tea fri 18:00 3h later", .invalidParameters), ("AVAIL #tea fri 18:00", .invalidDuration),
        ("BUDGET #tea 40", .invalidBudget), ("DISTANCE #tea 10", .invalidDistance), ("MOOD #tee", .noSuchRoom),
    ])
    func whatIsRefused(_ line: String, _ code: FailCode) async throws {
        let bench = try CommandBench()
        let people = try await bench.room("alice", "bob")
        #expect(await bench.code(line, as: people[0]) == code)
    }

    @Test func somebodyNamedTwiceIsOnePersonWhoHasToBeThere() async throws {
        let bench = try CommandBench()
        let people = try await bench.room("alice", "bob")
        for person in people { try await bench.type("AVAIL #tea today 18:00-20:00", as: person) }
        let answer = try await bench.type("WHEN #tea with=bob,BOB,alice atleast=1", as: people[0])
        #expect(answer.fields == ["#tea", "1", "2", "2", "end"])
    }

    @Test func planningOfSomebodyWhoLeftIsGoneAndOutsidersSeeNone() async throws {
        let bench = try CommandBench()
        let people = try await bench.room("alice", "bob")
        for line in ["MOOD #tea calm", "BUDGET #tea 5 EUR", "DISTANCE #tea 1km", "AVAIL #tea today"] {
            try await bench.type(line, as: people[1])
        }
        #expect(
            try await bench.rows("STATS #tea bob", as: people[0]) == [
                "STATS #tea member bob mood=calm budget=0-5EUR distance=1000 windows=1 "
                    + ":bob: calm, up to 5 EUR, 1 km, 1 window"
            ])
        try await bench.type("RESIGN #tea", as: people[1])
        #expect(await bench.code("WHEN #tea", as: people[1]) == .notAMember)
        try await bench.type("JOIN #tea", as: people[1])
        #expect(try await bench.type("STATS #tea bob", as: people[0]).fields == ["#tea", "2", "0"])
        #expect(try await bench.type("MOOD #tea", as: people[1]).text == "*")
        #expect(try await bench.type("BUDGET #tea", as: people[1]).fields == ["#tea", "*"])
        #expect(try await bench.type("DISTANCE #tea", as: people[1]).fields == ["#tea", "*"])
    }
}
