import Commands

/// WHEN: the times that suit the most.
enum WhenBenchmarks {
    static var all: [Benchmark] {
        let few = SamplePeople.random(20, windows: 20, days: 30)
        let staircase = SamplePeople.staircase(1_000, windows: 200)
        let many = SamplePeople.random(1_000, windows: 200, days: 180)
        checkPlainly(few)
        // A row loses a person for each minute that it gains; half an hour is the least.
        checkFirst(of: staircase, people: 971, minutes: 30)
        return [
            benchmark("20 people × 20 windows", few),
            benchmark("1,000 people × 200 windows, staircase", staircase),
            benchmark("the same, min=1m atleast=1", staircase, minimum: .shortest, atLeast: 1),
            benchmark("1,000 people × 200 windows, random in 180 days", many),
        ]
    }

    private static func benchmark(
        _ name: String, _ people: [Overlap.Person], minimum: Length = .defaultMinimum, atLeast: Int? = nil
    ) -> Benchmark {
        let question = Overlap.Question(now: SamplePeople.now, minimum: minimum, atLeast: atLeast, limit: 10)
        let answer = Overlap.answer(question, among: people)
        for row in answer.rows {
            let there = people.count { $0.windows.contains(row.window) }
            require(there == row.available, "\(name): a row of \(row.available) people has \(there)")
        }
        return Benchmark(name, expected: digest(answer), base: SamplePeople.sorting(people)) {
            digest(Overlap.answer(question, among: people))
        }
    }

    private static func digest(_ answer: Overlap.Answer) -> Int {
        let rows = answer.best.map { [$0] } ?? answer.rows
        return rows.reduce(answer.counted) { sum, row in
            sum &* 31 &+ row.available &+ Int(row.window.start.sinceEpoch &+ row.window.minutes) &+ row.missing.count
        }
    }

    private static func checkFirst(of people: [Overlap.Person], people available: Int, minutes: Int64) {
        let first = Overlap.answer(Overlap.Question(now: SamplePeople.now), among: people).rows.first
        require(
            first?.available == available && first?.window.minutes == minutes, "staircase: \(String(describing: first))"
        )
    }

    /// The first row is the best of all pairs of a beginning and an end, looked at one by one.
    private static func checkPlainly(_ people: [Overlap.Person]) {
        let windows = people.flatMap(\.windows.windows)
        var best: (available: Int, minutes: Int64, start: Int64) = (0, 0, .min)
        for start in Set(windows.map(\.start)) {
            for end in Set(windows.map(\.end)) {
                guard let window = Window(start: start, end: end), window.minutes >= Length.defaultMinimum.minutes
                else { continue }
                let available = people.count { $0.windows.contains(window) }
                // The earliest of equals: its start counts negatively.
                let pair = (available, window.minutes, -start.sinceEpoch)
                if pair > best { best = pair }
            }
        }
        let question = Overlap.Question(now: SamplePeople.now, atLeast: 1)
        let first = Overlap.answer(question, among: people).rows.first
        require(
            first?.available == best.available && first?.window.minutes == best.minutes
                && first?.window.start.sinceEpoch == 0 - best.start, "the best of all pairs is \(best)")
    }
}
