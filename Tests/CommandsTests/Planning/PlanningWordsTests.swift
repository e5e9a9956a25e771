import Testing

@testable import Commands

@Suite("Words for people, in the zone of the one who reads")
struct PlanningWordsTests {
    static let now = TimeTests.now

    static func window(_ start: String, _ end: String) throws -> Window {
        try #require(Window(start: minute(start), end: minute(end)))
    }

    @Test(arguments: [
        ("America/New_York", "2026-12-04T23:00", "2026-12-05T01:00", "Fri 4 Dec 18:00-20:00"),
        ("Asia/Kolkata", "2026-12-04T18:30", "2026-12-05T18:30", "Sat 5 Dec all day"),
        ("Europe/Berlin", "2027-03-27T23:00", "2027-03-28T22:00", "Sun 28 Mar 2027 all day"),
        // 02:30 comes twice that day: its offset tells which.
        ("Europe/Berlin", "2027-10-31T00:30", "2027-10-31T03:00", "Sun 31 Oct 2027 02:30 (UTC+02:00)-04:00"),
        ("Europe/Berlin", "2027-10-31T01:30", "2027-10-31T03:00", "Sun 31 Oct 2027 02:30 (UTC+01:00)-04:00"),
        ("UTC", "2026-12-04T18:00", "2026-12-06T00:00", "Fri 4 Dec 18:00 - Sat 5 Dec 24:00"),
        ("UTC", "2026-12-31T22:00", "2027-01-01T02:00", "Thu 31 Dec 22:00 - Fri 1 Jan 2027 02:00"),
    ])
    func windows(_ zone: String, _ start: String, _ end: String, _ words: String) throws {
        let zone = try #require(Zone(named: zone))
        #expect(try Self.window(start, end).words(in: zone, now: Self.now) == words)
    }

    static func person(_ name: String, _ windows: (String, String)...) throws -> Overlap.Person {
        Overlap.Person(name: name, windows: WindowSet(try windows.map { try window($0.0, $0.1) }))
    }

    @Test(arguments: [
        (4, "everybody"), (3, "without p3"), (2, "without p2 and p3"), (1, "without p1, p2 and p3"),
    ])
    func aRowNamesWhoIsMissingIfFew(_ free: Int, _ words: String) throws {
        let people = (0..<4).map { index in
            Overlap.Person(name: "p\(index)", windows: WindowSet(), saidNone: true)
        }
        let withTime = try people.enumerated().map { index, person in
            index < free ? try Self.person(person.name, ("2026-12-04T18:00", "2026-12-04T20:00")) : person
        }
        let answer = Overlap.answer(Overlap.Question(now: Self.now, atLeast: 1), among: withTime)
        #expect(answer.rows.map { $0.words(in: .utc, now: Self.now) } == ["Fri 4 Dec 18:00-20:00, \(words)"])
        let more = withTime + [Overlap.Person(name: "p4", windows: WindowSet(), saidNone: true)]
        let wider = Overlap.answer(Overlap.Question(now: Self.now, atLeast: 1), among: more)
        if free == 1 { #expect(wider.rows.first?.words(in: .utc, now: Self.now).hasSuffix(", 1 of 5") == true) }
    }

    @Test func theZoneOfTheReaderChangesOnlyWords() throws {
        let people = try [
            Self.person("a", ("2026-12-04T18:00", "2026-12-04T23:00")),
            Self.person("b", ("2026-12-04T20:00", "2026-12-05T02:00")),
        ]
        let answer = Overlap.answer(Overlap.Question(now: Self.now), among: people)
        let tokyo = try #require(Zone(named: "Asia/Tokyo"))
        #expect(answer.rows.map { $0.words(in: .utc, now: Self.now) } == ["Fri 4 Dec 20:00-23:00, everybody"])
        #expect(answer.rows.map { $0.words(in: tokyo, now: Self.now) } == ["Sat 5 Dec 05:00-08:00, everybody"])
    }

    @Test func statisticsRows() throws {
        let budget = try Budget(parsing: "20-40 EUR")
        let distances = try ["10km", "800m", "1.5km"].map { try Distance(parsing: $0) }
        func words(_ row: Statistics.Row?) -> String? { row?.words(in: .utc, now: Self.now) }
        #expect(
            words(.member(name: "bob", mood: nil, budget: nil, distance: nil, windows: 1, saidNone: false))
                == "bob: no mood, no budget, no distance, 1 window")
        #expect(
            words(
                .member(name: "bob", mood: "hungry", budget: budget, distance: distances[0], windows: 0, saidNone: true)
            )
                == "bob: hungry, 20-40 EUR, 10 km, no time")
        #expect(words(.mood("hungry", count: 2, counted: 3)) == "hungry: 2 of 3")
        #expect(words(.budget(budget, suits: 2, counted: 3)) == "20-40 EUR suits 2 of 3")
        #expect(words(Statistics.distances(distances).first) == "800 m suits all 3, the median is 1.5 km")
        #expect(Statistics.summary(answered: 2, of: 2) == nil)
        #expect(Statistics.summary(answered: 1, of: 2) == "1 of 2 members have entered something.")
    }

    @Test func manyNamesDoNotMakeALongSentence() {
        let names = (0..<200).map { "somebody-with-a-long-name-\($0)" }
        #expect(Overlap.Obstacle.with(names).words == "The 200 people in with= have no time together")
        #expect(Overlap.Obstacle.withAndBounds(names).words.utf8.count < 100)
    }
}

@Suite("Where nothing qualifies, the condition that stood in the way")
struct OverlapObstacleTests {
    static let now = TimeTests.now
    static let day = ("2026-12-04T10:00", "2026-12-04T12:00")

    static func answer(_ people: [Overlap.Person], _ change: (inout Overlap.Question) -> Void) -> Overlap.Answer {
        var question = Overlap.Question(now: now)
        change(&question)
        return Overlap.answer(question, among: people)
    }

    static func people() throws -> [Overlap.Person] {
        try [
            PlanningWordsTests.person("alice", day),
            PlanningWordsTests.person("bob", ("2026-12-05T10:00", "2026-12-05T11:00")),
            Overlap.Person(name: "carol", windows: WindowSet()),
        ]
    }

    @Test func nobodyCounted() {
        let answer = Self.answer([Overlap.Person(name: "a", windows: WindowSet())]) { _ in }
        #expect(answer.obstacle == .nobodyCounted && answer.best == nil && answer.counted == 0)
        #expect(answer.summary(members: 1)?.isEmpty == false)
    }

    @Test func fewerPeople() throws {
        let answer = Self.answer(try Self.people()) { _ in }
        #expect(answer.obstacle == .people(atLeast: 2) && answer.best?.missing == ["bob"])
        #expect(
            answer.bestWords(in: .utc, now: Self.now)
                == "Fri 4 Dec 10:00-12:00, without bob: fewer people than asked for (atleast=2)")
        #expect(answer.summary(members: 3) == "2 of 3 members have entered a time.")
    }

    @Test func tooShort() throws {
        let length = try #require(Length(minutes: 180))
        let answer = Self.answer(try Self.people()) { ($0.atLeast, $0.minimum) = (1, length) }
        #expect(answer.obstacle == .length(length) && answer.best?.window.minutes == 120)
    }

    @Test func fewerPeopleAndTooShort() throws {
        let length = try #require(Length(minutes: 180))
        let answer = Self.answer(try Self.people()) { $0.minimum = length }
        #expect(answer.obstacle == .peopleAndLength(atLeast: 2, length))
    }

    @Test(arguments: [["carol"], ["alice", "bob"], ["CAROL", "bob"]])
    func somebodyWhoHasToBeThere(_ names: [String]) throws {
        let answer = Self.answer(try Self.people()) { $0.with = names }
        #expect(answer.obstacle == .with(names) && answer.best == nil && answer.rows.isEmpty)
        #expect(answer.summary(members: 3)?.contains("with=") == true)
    }

    @Test func theBounds() throws {
        let answer = Self.answer(try Self.people()) { $0.from = minute("2026-12-06T00:00") }
        #expect(answer.obstacle == .bounds && answer.best == nil)
        let past = Self.answer(try Self.people()) { $0.until = minute("2020-01-01T00:00") }
        #expect(past.obstacle == .bounds)
    }

    @Test func theBoundsForSomebodyWhoHasToBeThere() throws {
        let answer = Self.answer(try Self.people()) { ($0.from, $0.with) = (minute("2026-12-05T00:00"), ["alice"]) }
        #expect(answer.obstacle == .withAndBounds(["alice"]))
    }

    @Test func noTimeAtAll() {
        let none = Overlap.Person(name: "a", windows: WindowSet(), saidNone: true)
        #expect(Self.answer([none]) { _ in }.obstacle == .noTime)
    }
}
