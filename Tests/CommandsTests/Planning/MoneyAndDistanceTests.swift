import Testing

@testable import Commands

@Suite("Money and distance")
struct MoneyAndDistanceTests {
    @Test(arguments: [
        ("20-40 EUR", "20-40EUR"), ("20-40EUR", "20-40EUR"), ("20-40eur", "20-40EUR"), ("40 EUR", "0-40EUR"),
        ("40EUR", "0-40EUR"),
        ("19.5-20.25 usd", "19.50-20.25USD"), ("0-0 JPY", "0-0JPY"), ("999999999.99 CHF", "0-999999999.99CHF"),
        ("20.00-40 EUR", "20-40EUR"),
        ("5.05-5.50 GBP", "5.05-5.50GBP"),
    ])
    func budgetsAreWrittenBareWhenWhole(_ text: String, _ shown: String) throws {
        #expect(try Budget(parsing: text).shown == shown)
    }

    @Test(arguments: [
        "", "EUR", "40", "20-40", "40-20 EUR", "40 euros", "40 XXX", "1.234 EUR", "1000000000 EUR", "-5 EUR",
        "20--40 EUR", "1,5 EUR", "1e3 EUR", "$40",
        "20 - 40 - 60 EUR", "٤٠ EUR", "99999999999999999999 EUR", "20-40 EUR please",
    ])
    func whatIsNoBudget(_ text: String) { #expect(throws: PlanningFailure.self) { try Budget(parsing: text) } }

    @Test(arguments: [
        ("10km", 10_000), ("5 km", 5_000), ("800m", 800), ("2.5mi", 4_023), ("1mi", 1_609), ("0m", 0),
        ("20000km", 20_000_000), ("0.5KM", 500),
        // The nearest metre, a half up.
        ("0.5mi", 805), ("0.5m", 1), ("0.4m", 0), ("1.609km", 1_609),
    ])
    func distancesAreWholeMetres(_ text: String, _ metres: Int64) throws {
        #expect(try Distance(parsing: text).metres == metres)
    }

    @Test(arguments: [
        "", "10", "km", "20001km", "-1km", "far", "1e3km", "10 furlongs", "99999999999999999999km", "1..5km",
    ])
    func whatIsNoDistance(_ text: String) { #expect(throws: PlanningFailure.self) { try Distance(parsing: text) } }

    static func budget(_ text: String) throws -> Budget { try Budget(parsing: text) }

    @Test("the common range suits the most, of that the widest, of that the lowest; against every pair of ends")
    func commonRangeAgainstAnOracle() throws {
        var random = SplitMix(seed: 7)
        let currency = try #require(Currency("EUR"))
        for _ in 0..<5_000 {
            let budgets = (0..<Int.random(in: 1...6, using: &random)).compactMap { _ -> Budget? in
                let low = Int64.random(in: 0...9, using: &random)
                return Budget(low: low, high: Int64.random(in: low...10, using: &random), currency: currency)
            }
            let ends = Set(budgets.flatMap { [$0.low, $0.high] }).sorted()
            var best: (suits: Int, width: Int64, low: Int64) = (0, -1, 0)
            for low in ends {
                for high in ends where high >= low {
                    let suits = budgets.count { $0.low <= low && high <= $0.high }
                    if (suits, high - low, -low) > (best.suits, best.width, -best.low) {
                        best = (suits, high - low, low)
                    }
                }
            }
            let found = try #require(Statistics.common(budgets))
            #expect((found.suits, found.range.high - found.range.low, found.range.low) == best, "\(budgets)")
        }
    }

    @Test func statisticsLeaveOutWhatHasNothingToSay() {
        let nobody = Statistics.Member(person: Overlap.Person(name: "a", windows: WindowSet()))
        let statistics = Statistics(of: [nobody], now: TimeTests.now)
        #expect(statistics.rows.count == 1 && statistics.members == 1 && statistics.answered == 0)
    }

    @Test func theMedianOfAnEvenNumberIsTheMeanOfTheMiddleTwoRoundedDown() {
        let metres: [Int64] = [10, 3, 8, 6]
        let rows = Statistics.distances(metres.compactMap { Distance(metres: $0) })
        guard case .distance(let common, let median, let counted)? = rows.first else {
            Issue.record("no row")
            return
        }
        #expect((common.metres, median.metres, counted) == (3, 7, 4))
    }

    @Test func moodsAreEqualWhateverTheCaseByCountThenName() {
        let rows = Statistics.moods(["Hungry", "tired", "hungry", "Calm"])
        #expect(
            rows == [
                .mood("hungry", count: 2, counted: 4), .mood("calm", count: 1, counted: 4),
                .mood("tired", count: 1, counted: 4),
            ])
    }
}

@Suite("A set of time")
struct WindowSetTests {
    static func window(_ range: Range<Int64>) throws -> Window {
        try #require(Window(start: Minute(range.lowerBound), end: Minute(range.upperBound)))
    }

    @Test("adding and removing agree with a set of minutes")
    func agreesWithMinutes() throws {
        var random = SplitMix(seed: 8)
        for _ in 0..<3_000 {
            var (set, minutes) = (WindowSet(), Set<Int64>())
            for _ in 0..<8 {
                let start = Int64.random(in: 0..<30, using: &random)
                let range = start..<Int64.random(in: start + 1...31, using: &random)
                let window = try Self.window(range)
                if Bool.random(using: &random) {
                    set.add(window)
                    minutes.formUnion(range)
                } else {
                    set.remove(window)
                    minutes.subtract(range)
                }
                #expect(Set(set.windows.flatMap { Array($0.start.sinceEpoch..<$0.end.sinceEpoch) }) == minutes)
                for (left, right) in zip(set.windows, set.windows.dropFirst()) { #expect(left.end < right.start) }
            }
        }
    }
}
