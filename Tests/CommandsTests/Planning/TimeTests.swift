import Testing

@testable import Commands

/// A moment as `yyyy-mm-ddThh:mm` in UTC.
func minute(_ text: String) -> Minute {
    let parts = text.split { "-T:".contains($0) }.compactMap { Int64($0) }
    let (year, month, day) = (parts[0], parts[1], parts[2])
    // Days from civil, written apart from the code under test: by counting.
    var days: Int64 = 0
    func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
    for past in 1970..<year { days += isLeap(past) ? 366 : 365 }
    let lengths: [Int64] = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    for past in 0..<Int(month - 1) { days += lengths[past] }
    return Minute((days + day - 1) * 1_440 + parts[3] * 60 + parts[4])
}

@Suite("Times, as people type them")
struct TimeTests {
    /// A Wednesday.
    static let now = Now(milliseconds: minute("2026-11-25T10:30").milliseconds)

    static let readable: [(zone: String, text: String, start: String, end: String)] = [
        ("UTC", "2026-12-05T18:00 3h", "2026-12-05T18:00", "2026-12-05T21:00"),
        ("UTC", "2026-12-05t18:00z 90m", "2026-12-05T18:00", "2026-12-05T19:30"),
        ("UTC", "2026-12-05T18:00:00Z 1h30m", "2026-12-05T18:00", "2026-12-05T19:30"),
        ("Asia/Tokyo", "2026-12-05T18:00+01:00 03:00", "2026-12-05T17:00", "2026-12-05T20:00"),
        ("UTC", "2026-12-05T18:00-05:00 1h", "2026-12-05T23:00", "2026-12-06T00:00"),
        ("UTC", "2026-12-05 18:00 1m", "2026-12-05T18:00", "2026-12-05T18:01"),
        ("UTC", "26:12:05:18:00 2h", "2026-12-05T18:00", "2026-12-05T20:00"),
        ("Europe/Berlin", "26:12:05:18:00 2h", "2026-12-05T17:00", "2026-12-05T19:00"),
        ("UTC", "fri 18:00 3h", "2026-11-27T18:00", "2026-11-27T21:00"),
        ("UTC", "Friday 18:00-22:30", "2026-11-27T18:00", "2026-11-27T22:30"),
        ("UTC", "FRID 18:00-24:00", "2026-11-27T18:00", "2026-11-28T00:00"),
        ("UTC", "fri 22:00-02:00", "2026-11-27T22:00", "2026-11-28T02:00"),
        ("UTC", "fri 22:00-22:00", "2026-11-27T22:00", "2026-11-28T22:00"),
        ("UTC", "fri", "2026-11-27T00:00", "2026-11-28T00:00"),
        ("UTC", "wed 11:00-12:00", "2026-11-25T11:00", "2026-11-25T12:00"),
        ("UTC", "wed 10:00-11:00", "2026-11-25T10:00", "2026-11-25T11:00"),
        ("UTC", "wed 09:00-10:30", "2026-12-02T09:00", "2026-12-02T10:30"),
        ("UTC", "today 18:00 1h", "2026-11-25T18:00", "2026-11-25T19:00"),
        ("UTC", "today", "2026-11-25T00:00", "2026-11-26T00:00"),
        ("UTC", "tomorrow 18:00-20:00", "2026-11-26T18:00", "2026-11-26T20:00"),
        ("Pacific/Auckland", "today 23:30-23:45", "2026-11-25T10:30", "2026-11-25T10:45"),
        ("Asia/Kolkata", "2026-12-05 18:00 1h", "2026-12-05T12:30", "2026-12-05T13:30"),
        ("Asia/Kathmandu", "2026-12-05 18:00 1h", "2026-12-05T12:15", "2026-12-05T13:15"),
        ("UTC", "2028-02-29", "2028-02-29T00:00", "2028-03-01T00:00"),
        ("UTC", "2026-12-05 18:00 336h", "2026-12-05T18:00", "2026-12-19T18:00"),
        // Daylight saving: whole days of 23 and 25 hours, ranges over the edges, what comes twice is the first.
        ("Europe/Berlin", "2027-03-28", "2027-03-27T23:00", "2027-03-28T22:00"),
        ("Europe/Berlin", "2027-10-31", "2027-10-30T22:00", "2027-10-31T23:00"),
        ("Europe/Berlin", "2027-10-31 02:30 1h", "2027-10-31T00:30", "2027-10-31T01:30"),
        ("Europe/Berlin", "2027-03-28 01:00-04:00", "2027-03-28T00:00", "2027-03-28T02:00"),
        ("Europe/Berlin", "2027-10-31 01:00-04:00", "2027-10-30T23:00", "2027-10-31T03:00"),
        ("America/New_York", "2027-11-07 01:30 30m", "2027-11-07T05:30", "2027-11-07T06:00"),
        ("Australia/Lord_Howe", "2027-04-04 01:45 30m", "2027-04-03T14:45", "2027-04-03T15:15"),
    ]

    @Test(arguments: readable)
    func readsEveryForm(_ example: (zone: String, text: String, start: String, end: String)) throws {
        let zone = try #require(Zone(named: example.zone))
        let window = try TimeParser(zone: zone, now: Self.now).window(example.text)
        #expect(
            window.start == minute(example.start) && window.end == minute(example.end), "\(example.text) was \(window)")
    }

    static let unreadable: [(zone: String, text: String, fault: String)] = [
        ("UTC", "soon", "time"), ("UTC", "fr 18:00 3h", "time"), ("UTC", "2026-02-30 18:00 3h", "time"),
        ("UTC", "2026-13-01 18:00 3h", "time"), ("UTC", "2027-02-29", "time"), ("UTC", "fri 24:00 1h", "time"),
        ("UTC", "fri 18:60 1h", "time"), ("UTC", "fri 18:00:30 1h", "time"), ("UTC", "fri 6pm 1h", "time"),
        ("UTC", "2026-11-25 09:00-10:30", "time"), ("UTC", "yesterday 18:00 1h", "time"),
        ("UTC", "2037-01-01 18:00 3h", "time"),
        ("UTC", "2026-12-05 18:00+01:00 1h", "time"), ("UTC", "", "time"), ("UTC", "2026-12-05T18:00-21:00", "time"),
        ("Europe/Berlin", "2027-03-28 02:30 1h", "time"), ("Europe/Berlin", "2027-03-28 01:00-02:30", "time"),
        ("UTC", "fri 18:00", "duration"), ("UTC", "fri 18:00 0m", "duration"), ("UTC", "fri 18:00 337h", "duration"),
        ("UTC", "fri 18:00 3", "duration"), ("UTC", "fri 18:00 -3h", "duration"), ("UTC", "fri 18:00 1.5h", "duration"),
        ("UTC", "fri 18:00 99999999999999999999h", "duration"), ("UTC", "fri 18:00 3h please", "words"),
        ("UTC", "fri 18:00-20:00 3h", "words"),
    ]

    @Test(arguments: unreadable)
    func refusesTheRest(_ example: (zone: String, text: String, fault: String)) throws {
        let parser = TimeParser(zone: try #require(Zone(named: example.zone)), now: Self.now)
        do {
            let window = try parser.window(example.text)
            Issue.record("\(example.text) was read as \(window)")
        } catch {
            let fault =
                switch error {
                case .invalidTime: "time"
                case .invalidDuration: "duration"
                case .tooManyWords: "words"
                default: "other"
                }
            #expect(fault == example.fault, "\(example.text): \(error)")
            #expect(!error.words.isEmpty)
        }
    }

    @Test func aDayThatAZoneSkippedIsRefusedAndItsNeighbourIsNot() throws {
        // Samoa went from 29 to 31 December 2011.
        let zone = try #require(Zone(named: "Pacific/Apia"))
        let now = Now(milliseconds: minute("2011-12-20T00:00").milliseconds)
        #expect(throws: PlanningFailure.self) { try TimeParser(zone: zone, now: now).window("2011-12-30") }
        let before = try TimeParser(zone: zone, now: now).window("2011-12-29")
        let after = try TimeParser(zone: zone, now: now).window("2011-12-31")
        #expect(before.end == after.start)
    }

    @Test func boundsAreDatesOrTTimes() throws {
        let parser = TimeParser(zone: try #require(Zone(named: "Europe/Berlin")), now: Self.now)
        #expect(try parser.from("2026-12-05") == minute("2026-12-04T23:00"))
        #expect(try parser.until("2026-12-05") == minute("2026-12-05T23:00"))
        #expect(try parser.from("2026-12-05T18:00") == minute("2026-12-05T17:00"))
        #expect(try parser.until("2026-12-05T18:00Z") == minute("2026-12-05T18:00"))
        for wrong in ["fri", "today", "26:12:05:18:00", "18:00", "2026-12-05T25:00", ""] {
            #expect(throws: PlanningFailure.self) { try parser.from(wrong) }
        }
    }

    @Test(arguments: [
        ("3h", 180), ("90m", 90), ("1h30m", 90), ("03:00", 180), ("00:01", 1), ("1m", 1), ("336h", 20_160),
        ("24:00", 1_440),
    ])
    func lengths(_ text: String, _ minutes: Int64) throws {
        #expect(try Length(parsing: text).minutes == minutes)
    }

    @Test(arguments: [
        "", "3", "h", "3:00", "03:60", "003:00", "1h60m", "03h", "h30m", "1h30", "30m1h", "1.5h", "3 h", "-3h", "3d",
        "0m",
        "0h", "00:00", "337h", "20161m", "336:01", "3h ",
    ])
    func whatIsNoLength(_ text: String) { #expect(throws: PlanningFailure.self) { try Length(parsing: text) } }

    @Test(arguments: ["Europe/Berlin", "europe/berlin", "UTC", "utc", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
    func zonesOfTheDatabaseInAnyCase(_ name: String) throws {
        #expect(try #require(Zone(named: name)).name.lowercased() == name.lowercased())
    }

    @Test(arguments: [
        "", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe", "zone.tab", "Europe/Berlin\0", "CEST!",
    ])
    func namesThatAreNoZone(_ name: String) { #expect(Zone(named: name) == nil) }

    @Test(arguments: [
        ("2026-12-04T18:00", "2026-12-04T22:30", "Fri 4 Dec 18:00-22:30"),
        ("2026-12-05T00:00", "2026-12-06T00:00", "Sat 5 Dec all day"),
        ("2026-12-04T22:00", "2026-12-05T02:00", "Fri 4 Dec 22:00 - Sat 5 Dec 02:00"),
        ("2026-12-04T22:00", "2026-12-05T00:00", "Fri 4 Dec 22:00-24:00"),
        ("2027-01-01T18:00", "2027-01-01T19:00", "Fri 1 Jan 2027 18:00-19:00"),
    ])
    func windowsInWords(_ start: String, _ end: String, _ words: String) throws {
        let window = try #require(Window(start: minute(start), end: minute(end)))
        #expect(window.words(in: .utc, now: Self.now) == words)
    }
}
