import Commands

/// STATS: what each member has entered, and what suits them together.
enum StatisticsBenchmarks {
    static var all: [Benchmark] {
        [
            benchmark("20 members × 20 windows", SamplePeople.random(20, windows: 20, days: 30)),
            benchmark("1,000 members without windows", SamplePeople.random(1_000, windows: 0, days: 30)),
            benchmark("1,000 members × 200 windows", SamplePeople.random(1_000, windows: 200, days: 180)),
        ]
    }

    private static func benchmark(_ name: String, _ people: [Overlap.Person]) -> Benchmark {
        let members = members(people)
        let statistics = Statistics(of: members, now: SamplePeople.now)
        check(statistics, members, name)
        return Benchmark(
            name, expected: digest(statistics),
            base: people.contains { !$0.windows.isEmpty } ? SamplePeople.sorting(people) : sortingNames(people)
        ) {
            digest(Statistics(of: members, now: SamplePeople.now))
        }
    }

    /// Everybody has entered everything.
    private static func members(_ people: [Overlap.Person]) -> [Statistics.Member] {
        var random = FixedRandom()
        let moods = ["hungry", "Hungry", "tired", "up for anything", "let's dance"]
        let currency = Currency("EUR")
        return people.map { person in
            let low = Int64.random(in: 0..<5_000, using: &random)
            return Statistics.Member(
                person: person, mood: moods.randomElement(using: &random),
                budget: currency.flatMap {
                    Budget(low: low, high: low + Int64.random(in: 0..<5_000, using: &random), currency: $0)
                },
                distance: Distance(metres: Int64.random(in: 500..<20_000, using: &random)))
        }
    }

    private static func sortingNames(_ people: [Overlap.Person]) -> Benchmark.Work {
        let names = people.map(\.name)
        let first = names.min()?.utf8.count ?? 0
        return Benchmark.Work(name: "sorting their names", expected: first) { names.sorted().first?.utf8.count ?? 0 }
    }

    private static func digest(_ statistics: Statistics) -> Int {
        statistics.rows.reduce(statistics.answered) { sum, row in
            switch row {
            case .member(let name, _, _, _, let windows, _): sum &+ name.utf8.count &+ windows
            case .mood(_, let count, _): sum &* 31 &+ count
            case .budget(let range, let suits, _): sum &* 31 &+ Int(range.low &+ range.high) &+ suits
            case .distance(let common, let median, _): sum &* 31 &+ Int(common.metres &+ median.metres)
            case .when(let row): sum &* 31 &+ row.available &+ Int(row.window.start.sinceEpoch)
            }
        }
    }

    /// The same by plain means, but for WHEN, which has its own check.
    private static func check(_ statistics: Statistics, _ members: [Statistics.Member], _ name: String) {
        require(statistics.answered == members.count && statistics.members == members.count, "\(name): not all counted")
        let budgets = members.compactMap(\.budget)
        let (moods, distances) = (members.compactMap { $0.mood?.lowercased() }, members.compactMap(\.distance).sorted())
        for row in statistics.rows {
            switch row {
            case .mood(let mood, let count, _):
                require(moods.count { $0 == mood } == count, "\(name): the mood \(mood)")
            case .budget(let range, let suits, _):
                require(budgets.count { $0.low <= range.low && range.high <= $0.high } == suits, "\(name): the budget")
                let most = budgets.map { one in budgets.count { $0.low <= one.low && one.low <= $0.high } }.max()
                require(most == suits, "\(name): a budget for \(suits), but there is one for \(most ?? 0)")
            case .distance(let common, _, _): require(common == distances.first, "\(name): the distance")
            case .member, .when: break
            }
        }
    }
}
