import Testing

@testable import Commands

@Suite("Time zones, from the system's files")
struct ZoneTests {
    static func date(_ text: String) throws -> CivilDate { try #require(try TypedDate.date(text)) }

    /// The first moment of a day there, and how long the day is.
    static let days: [(zone: String, date: String, start: String, minutes: Int64)] = [
        ("UTC", "2027-03-28", "2027-03-28T00:00", 1_440),
        ("Europe/Berlin", "2027-03-28", "2027-03-27T23:00", 1_380),
        ("Europe/Berlin", "2027-10-31", "2027-10-30T22:00", 1_500),
        // Half an hour of summer time.
        ("Australia/Lord_Howe", "2027-04-04", "2027-04-03T13:00", 1_470),
        ("Australia/Lord_Howe", "2027-10-03", "2027-10-02T13:30", 1_410),
        // Midnight itself skipped, and midnight twice.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00", 1_380),
        ("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00", 1_500),
        ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00", 1_380),
        ("America/Havana", "2017-11-05", "2017-11-05T04:00", 1_500),
        // By the yearly rule at the end of the file, beyond its table.
        ("Europe/Berlin", "2045-03-26", "2045-03-25T23:00", 1_380),
        ("Europe/Dublin", "2045-03-26", "2045-03-26T00:00", 1_380),
        ("America/New_York", "2045-11-05", "2045-11-05T04:00", 1_500),
        ("America/Nuuk", "2045-03-25", "2045-03-25T02:00", 1_380),
        ("Asia/Kolkata", "2045-03-26", "2045-03-25T18:30", 1_440),
        // Samoa left 30 December 2011 out.
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00", 1_440),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00", 0),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00", 1_440),
    ]

    @Test(arguments: days)
    func aDayIsFromItsFirstToItsLastMoment(
        _ example: (zone: String, date: String, start: String, minutes: Int64)
    ) throws {
        let zone = try #require(Zone(named: example.zone))
        let date = try Self.date(example.date)
        let start = zone.startOfDay(date)
        #expect(start == minute(example.start), "\(start.rfc3339)")
        #expect(zone.startOfDay(date.advanced(by: 1)).sinceEpoch - start.sinceEpoch == example.minutes)
    }

    @Test("every zone of the database can be read, and the clocks of each lead back to where they were read")
    func everyZoneLoads() throws {
        let names = ZoneDatabase.system.names
        #expect(names.count > 300)
        var random = SplitMix(seed: 21)
        for name in names {
            let zone = try #require(Zone(named: name.uppercased()), "\(name)")
            #expect(zone.name == name || name == "UTC")
            for _ in 0..<40 {
                let moment = Minute(Int64.random(in: 26_297_280..<52_594_560, using: &random))
                switch zone.resolve(zone.localTime(at: moment)) {
                case .once(let found): #expect(found == moment, "\(name) \(moment.rfc3339)")
                case .twice(let first, let second):
                    #expect(first < second && (first == moment || second == moment), "\(name) \(moment.rfc3339)")
                case .skipped: Issue.record("\(name) showed at \(moment.rfc3339) what it skips")
                }
            }
        }
    }

    @Test func whatComesTwiceAndWhatIsSkippedIsTold() throws {
        let zone = try #require(Zone(named: "Europe/Berlin"))
        let autumn = LocalTime(date: try Self.date("2027-10-31"), minuteOfDay: 150)
        #expect(
            zone.resolve(autumn) == .twice(first: minute("2027-10-31T00:30"), second: minute("2027-10-31T01:30")))
        let spring = LocalTime(date: try Self.date("2027-03-28"), minuteOfDay: 150)
        #expect(zone.resolve(spring) == .skipped(next: minute("2027-03-28T01:00")))
        // The jump is half-open: 02:00 is skipped, 03:00 is there.
        let first = LocalTime(date: spring.date, minuteOfDay: 120)
        let after = LocalTime(date: spring.date, minuteOfDay: 180)
        #expect(zone.resolve(first) == .skipped(next: minute("2027-03-28T01:00")))
        #expect(zone.resolve(after) == .once(minute("2027-03-28T01:00")))
    }

    @Test(arguments: [
        "CET-1CEST,M3.5.0,M10.5.0/3", "EST5EDT,M3.2.0,M11.1.0", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "JST-9", "UTC0",
        "IST-1GMT0,M10.5.0,M3.5.0/1", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "XXX3YYY,J60/2,J300/2", "AAA3BBB,59,300",
    ])
    func yearlyRules(_ text: String) { #expect(PosixZoneRule(parsing: ArraySlice(text.utf8)) != nil) }

    @Test(arguments: [
        "", "CET", "C-1", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
        "CET-1CEST,M3.5.7,M10.5.0", "CET-99", "<CET-1", "CET-1CEST,J0,J300", "CET-1CEST,366,300", "CET-1 ",
    ])
    func whatIsNoYearlyRule(_ text: String) { #expect(PosixZoneRule(parsing: ArraySlice(text.utf8)) == nil) }

    @Test(
        "days of a yearly rule",
        arguments: [
            // The 60th day that is never 29 February is 1 March, in every year.
            (PosixZoneRule.YearlyMoment.Day.withoutLeapDay(60), Int64(2027), "2027-03-01"),
            (.withoutLeapDay(60), 2028, "2028-03-01"), (.withoutLeapDay(59), 2028, "2028-02-28"),
            (.withoutLeapDay(365), 2028, "2028-12-31"),
            (.sinceNewYear(59), 2027, "2027-03-01"), (.sinceNewYear(59), 2028, "2028-02-29"),
            (.sinceNewYear(0), 2028, "2028-01-01"),
            (.weekday(month: 2, week: 5, day: 2), 2028, "2028-02-29"),
            (.weekday(month: 2, week: 5, day: 2), 2027, "2027-02-23"),
            (.weekday(month: 3, week: 1, day: 0), 2028, "2028-03-05"),
            (.weekday(month: 8, week: 4, day: 6), 2026, "2026-08-22"),
        ])
    func yearlyDays(_ day: PosixZoneRule.YearlyMoment.Day, _ year: Int64, _ date: String) {
        let moment = PosixZoneRule.YearlyMoment(day: day, secondOfDay: 7_200)
        #expect(moment.localSeconds(year: year) == minute("\(date)T02:00").sinceEpoch * 60)
    }

    /// A file with one transition, at 1,000,000 s from UTC+0 to UTC+1, and no rule after it.
    static let file: [UInt8] = {
        func big(_ value: Int64, _ bytes: Int) -> [UInt8] {
            (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        func header(_ transitions: Int64) -> [UInt8] {
            Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15)
                + [0, 0, 0, transitions, 2, 4].flatMap { big($0, 4) }
        }
        let types = big(0, 4) + [0, 0] + big(3_600, 4) + [0, 0] + Array("ABC\0".utf8)
        return header(0) + types + header(1) + big(1_000_000, 8) + [1] + types + Array("\n\n".utf8)
    }()

    @Test func aFileIsReadByItsSecondBlock() throws {
        let rules = try #require(TZifFile.rules(in: Self.file))
        #expect(rules.segment(at: 999_999).offset == 0)
        #expect(rules.segment(at: 1_000_000).offset == 3_600)
        #expect(rules.segment(at: 4_000_000_000).offset == 3_600)
    }

    @Test("a damaged file is refused or read, but ends nothing")
    func damagedFiles() {
        for length in 0..<Self.file.count - 2 { #expect(TZifFile.rules(in: Array(Self.file.prefix(length))) == nil) }
        var random = SplitMix(seed: 22)
        for _ in 0..<20_000 {
            var bytes = Self.file
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            let segment = TZifFile.rules(in: bytes)?.segment(at: 1_800_000_000)
            #expect(segment.map { abs($0.offset) <= 26 * 3_600 } ?? true)
        }
    }
}
