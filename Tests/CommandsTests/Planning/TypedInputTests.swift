import Testing

@testable import Commands

@Suite("What anybody may type")
struct TypedInputTests {
    static let pieces = [
        "fri", "today", "tomorrow", "monday", "2026", "12", "05", "18", "00", "24", "60", "99", "-", ":", "T", "Z", "+",
        " ", "h", "m", "km", "mi", "EUR", ".", "0", "9", "999999999999999999", "ü", "٣", "*", "\u{0}", "2026-12-05",
        "18:00", "3h", "26:12:05:", "9999-12-31", "0000-01-01", "T18:00", "-05:00",
    ]

    @Test("any run of pieces of times, amounts and lengths is read or refused, in every zone alike")
    func anyText() throws {
        let zones = try ["UTC", "Europe/Berlin", "Pacific/Apia", "America/St_Johns"].map {
            try #require(Zone(named: $0))
        }
        var random = SplitMix(seed: 31)
        for round in 0..<40_000 {
            let text = (0..<Int.random(in: 0...7, using: &random)).map { _ in
                Self.pieces.randomElement(using: &random) ?? ""
            }.joined()
            let parser = TimeParser(zone: zones[round % zones.count], now: TimeTests.now)
            if let window = try? parser.window(text) {
                #expect(!window.isOver(at: TimeTests.now) && window.minutes > 0, "\(text)")
                #expect(window.minutes <= 14 * 1_440 + 60, "\(text)")
            }
            if let bound = try? parser.from(text), let end = try? parser.until(text) {
                #expect(bound <= end, "\(text)")
            }
            if let length = try? Length(parsing: text) { #expect((1...20_160).contains(length.minutes), "\(text)") }
            if let budget = try? Budget(parsing: text) { #expect(try Budget(parsing: budget.shown) == budget) }
            if let distance = try? Distance(parsing: text) {
                #expect(try Distance(parsing: "\(distance.metres)m") == distance)
            }
        }
    }

    @Test("what a length shows can be typed")
    func lengthsReadBack() throws {
        for minutes in Int64(1)...20_160 {
            let length = try #require(Length(minutes: minutes))
            #expect(try Length(parsing: length.shown) == length)
        }
    }

    static func fault(_ zone: String, _ text: String, now: Now = TimeTests.now) throws -> PlanningFailure? {
        let parser = TimeParser(zone: try #require(Zone(named: zone)), now: now)
        do throws(PlanningFailure) {
            _ = try parser.window(text)
            return nil
        } catch { return error }
    }

    @Test(
        "the words tell which mistake it was",
        arguments: [
            ("UTC", "2026-12-05T18:00-21:00", PlanningFailure.TimeFault.rangeAfterT),
            ("UTC", "fri 3h", .clockTimeMissing), ("UTC", "fri 6pm", .noSuchClockTime),
            ("UTC", "2026-12-05 18:00Z 3h", .offsetWithoutT), ("UTC", "fri 18:00:01 3h", .secondsGiven),
            ("UTC", "2026-02-30", .noSuchDate), ("UTC", "soon 3h", .unreadable),
            ("UTC", "2026-11-25 09:00 1h", .over), ("UTC", "2036-11-25T10:31 1h", .tooFarAhead),
            ("Europe/Berlin", "2027-03-28 02:00 1h", .skippedByClocks),
        ])
    func faults(_ zone: String, _ text: String, _ fault: PlanningFailure.TimeFault) throws {
        #expect(try Self.fault(zone, text) == .invalidTime(fault))
    }

    @Test func tenYearsAheadIsTheLastDayThatCanBePlanned() throws {
        #expect(try Self.fault("UTC", "2036-11-25T10:30 1h") == nil)
        let leapDay = Now(milliseconds: minute("2028-02-29T12:00").milliseconds)
        #expect(try Self.fault("UTC", "2038-03-01 12:00 1h", now: leapDay) == nil)
        #expect(try Self.fault("UTC", "2038-03-01 12:01 1h", now: leapDay) == .invalidTime(.tooFarAhead))
    }

    @Test func aWeekdayWhoseTimeWasSkippedEarlierTodayIsNextWeeks() throws {
        // On the Sunday itself, after the jump.
        let now = Now(milliseconds: minute("2027-03-28T10:00").milliseconds)
        let parser = TimeParser(zone: try #require(Zone(named: "Europe/Berlin")), now: now)
        #expect(try parser.window("sun 02:30 1h").start == minute("2027-04-04T00:30"))
        #expect(try Self.fault("Europe/Berlin", "today 02:30 1h", now: now) == .invalidTime(.skippedByClocks))
    }
}
