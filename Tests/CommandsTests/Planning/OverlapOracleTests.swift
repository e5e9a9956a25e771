import Testing

@testable import Commands

/// WHEN against an oracle that looks at every interval of a small grid, and the laws that hold whatever was entered.
@Suite("WHEN, against a brute-force oracle")
struct OverlapOracleTests {
    /// A small group, small enough to look at everything.
    struct Group {
        static let end = 14
        static let base: Int64 = 1_000_000
        var windows: [[Range<Int>]]
        var saidNone: [Bool]

        init(_ random: inout some RandomNumberGenerator) {
            let count = Int.random(in: 1...6, using: &random)
            windows = (0..<count).map { _ in
                (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    let start = Int.random(in: 0..<Self.end - 1, using: &random)
                    return start..<Int.random(in: start + 1...Self.end, using: &random)
                }
            }
            saidNone = windows.map { $0.isEmpty && Bool.random(using: &random) }
        }

        var people: [Overlap.Person] { people { "p\($0)" } }

        func people(shifted: Int64 = 0, _ name: (Int) -> String) -> [Overlap.Person] {
            windows.indices.map { index in
                let set = WindowSet(windows[index].compactMap { window($0, shifted: shifted) })
                return Overlap.Person(name: name(index), windows: set, saidNone: saidNone[index])
            }
        }

        func window(_ range: Range<Int>, shifted: Int64 = 0) -> Window? {
            Window(
                start: Minute(Self.base + shifted + Int64(range.lowerBound)),
                end: Minute(Self.base + shifted + Int64(range.upperBound)))
        }

        /// Who is free throughout, by index.
        func free(_ range: Range<Int>) -> Set<Int> {
            Set(
                windows.indices.filter { person in
                    range.allSatisfy { slot in windows[person].contains { $0.contains(slot) } }
                })
        }

        var counted: [Int] { windows.indices.filter { !windows[$0].isEmpty || saidNone[$0] } }
    }

    struct Question {
        var minimum = 1
        var atLeast: Int?
        var with: [Int] = []
        var from = 0
        var until = Group.end

        init(_ random: inout some RandomNumberGenerator, _ group: Group) {
            minimum = Int.random(in: 1...4, using: &random)
            if Bool.random(using: &random) { atLeast = Int.random(in: 1...4, using: &random) }
            if Int.random(in: 0..<4, using: &random) == 0,
                let person = group.windows.indices.randomElement(using: &random)
            {
                with = [person]
            }
            if Int.random(in: 0..<4, using: &random) == 0 { from = Int.random(in: 0..<8, using: &random) }
            if Int.random(in: 0..<4, using: &random) == 0 { until = Int.random(in: 9...Group.end, using: &random) }
        }

        func asked(_ name: (Int) -> String = { "p\($0)" }, shifted: Int64 = 0, limit: Int = 100) -> Overlap.Question {
            Overlap.Question(
                now: Now(milliseconds: (Group.base + shifted) * 60_000),
                from: Minute(Group.base + shifted + Int64(from)),
                until: Minute(Group.base + shifted + Int64(until)),
                minimum: Length(minutes: Int64(minimum)) ?? .shortest,
                atLeast: atLeast, with: with.map(name), limit: limit)
        }
    }

    struct Row: Equatable {
        let range: Range<Int>
        let people: Set<Int>
    }

    /// Every interval that cannot grow at either end without losing somebody, by the definition alone.
    func oracle(_ group: Group, _ question: Question) -> [Row] {
        let least = question.atLeast ?? group.counted.count / 2 + 1
        var rows: [Row] = []
        for start in question.from..<question.until {
            for end in start + 1...question.until {
                let people = group.free(start..<end)
                let growsLeft = start > question.from && group.free(start - 1..<end) == people
                let growsRight = end < question.until && group.free(start..<end + 1) == people
                guard !people.isEmpty, !growsLeft, !growsRight, people.count >= least, end - start >= question.minimum,
                    people.isSuperset(of: question.with)
                else { continue }
                rows.append(Row(range: start..<end, people: people))
            }
        }
        return rows.sorted {
            ($1.people.count, $1.range.count, $0.range.lowerBound) < (
                $0.people.count, $0.range.count, $1.range.lowerBound
            )
        }
    }

    func rows(_ answer: Overlap.Answer, _ group: Group, shifted: Int64 = 0) -> [Row] {
        answer.rows.map { row in
            let missing = Set(row.missing)
            let start = Int(row.window.start.sinceEpoch - Group.base - shifted)
            let end = Int(row.window.end.sinceEpoch - Group.base - shifted)
            return Row(range: start..<end, people: Set(group.counted.filter { !missing.contains("p\($0)") }))
        }
    }

    @Test("12,000 random groups are answered as the oracle answers them")
    func oracleAgrees() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("overlap oracle seed \(seed)")
        var random = SplitMix(seed: seed)
        for _ in 0..<12_000 {
            let group = Group(&random)
            let question = Question(&random, group)
            let answer = Overlap.answer(question.asked(), among: group.people)
            let expected = oracle(group, question)
            let found = rows(answer, group)
            #expect(found == expected, "seed \(seed): \(group) \(question)")
            #expect(answer.counted == group.counted.count)
            for (row, wanted) in zip(answer.rows, expected) { #expect(row.available == wanted.people.count) }
            if found != expected { return }
        }
    }

    @Test("limit=L is a prefix, and `more` tells whether it was cut")
    func limitIsAPrefix() {
        var random = SplitMix(seed: 2)
        for _ in 0..<2_000 {
            let group = Group(&random)
            let question = Question(&random, group)
            let all = Overlap.answer(question.asked(), among: group.people).rows
            let limit = Int.random(in: 1...5, using: &random)
            let some = Overlap.answer(question.asked(limit: limit), among: group.people)
            #expect(some.rows == Array(all.prefix(limit)))
            #expect(some.hasMore == (all.count > limit))
        }
    }

    @Test("no row dominates another, and every qualifying interval lies in a row with at least its people")
    func noRowDominatesAnother() {
        var random = SplitMix(seed: 3)
        for _ in 0..<2_000 {
            let group = Group(&random)
            var question = Question(&random, group)
            question.with = []
            let found = rows(Overlap.answer(question.asked(), among: group.people), group)
            for (index, row) in found.enumerated() {
                for (other, larger) in found.enumerated() where other != index {
                    let isInside =
                        larger.range.lowerBound <= row.range.lowerBound
                        && row.range.upperBound <= larger.range.upperBound
                    #expect(!(isInside && larger.people.isSuperset(of: row.people)))
                }
            }
            let least = question.atLeast ?? group.counted.count / 2 + 1
            for start in question.from..<question.until {
                for end in start + 1...question.until where end - start >= question.minimum {
                    let people = group.free(start..<end)
                    guard people.count >= least else { continue }
                    #expect(
                        found.contains {
                            $0.range.lowerBound <= start && end <= $0.range.upperBound
                                && $0.people.isSuperset(of: people)
                        })
                }
            }
        }
    }

    @Test("order of entry, split or doubled windows, other names and a shift of all times change nothing")
    func entryDoesNotMatter() {
        var random = SplitMix(seed: 4)
        for _ in 0..<2_000 {
            let group = Group(&random)
            let question = Question(&random, group)
            let plain = rows(Overlap.answer(question.asked(), among: group.people), group)
            #expect(
                rows(Overlap.answer(question.asked(), among: group.people.shuffled(using: &random)), group) == plain)
            var split = group
            split.windows = group.windows.map { windows in
                windows.flatMap { range in
                    range.count > 1
                        ? [range.lowerBound..<range.lowerBound + 1, range.lowerBound + 1..<range.upperBound, range]
                        : [range]
                }
            }
            #expect(rows(Overlap.answer(question.asked(), among: split.people), group) == plain)
            let shift: Int64 = 987_654
            let shifted = Overlap.answer(
                question.asked(shifted: shift), among: group.people(shifted: shift) { "p\($0)" })
            #expect(rows(shifted, group, shifted: shift) == plain)
            let renamed = Overlap.answer(question.asked { "Q\(9 - $0)" }, among: group.people { "Q\(9 - $0)" })
            #expect(
                renamed.rows.map(\.window) == Overlap.answer(question.asked(), among: group.people).rows.map(\.window))
        }
    }

    @Test("a member free all the time adds one to k and n of every row when atleast grows by one")
    func freeMemberAddsOne() {
        var random = SplitMix(seed: 5)
        for _ in 0..<2_000 {
            let group = Group(&random)
            var question = Question(&random, group)
            question.atLeast = question.atLeast ?? 1
            let before = Overlap.answer(question.asked(), among: group.people)
            var larger = group
            larger.windows.append([0..<Group.end])
            larger.saidNone.append(false)
            question.atLeast = (question.atLeast ?? 1) + 1
            let after = Overlap.answer(question.asked(), among: larger.people)
            #expect(after.rows.map(\.window) == before.rows.map(\.window))
            #expect(after.rows.map(\.available) == before.rows.map { $0.available + 1 })
            #expect(after.counted == before.counted + 1)
        }
    }

    @Test("each=day keeps the first row of each local day, and nothing else changes")
    func firstRowOfEachDay() {
        var random = SplitMix(seed: 9)
        // Midnight falls into the middle of the grid.
        let shift = 1_440 - Group.base % 1_440 - Int64(Group.end / 2)
        for _ in 0..<3_000 {
            let group = Group(&random)
            let question = Question(&random, group)
            let people = group.people(shifted: shift) { "p\($0)" }
            var days: Set<CivilDate> = []
            let firsts = Overlap.answer(question.asked(shifted: shift), among: people).rows.filter {
                days.insert(Zone.utc.date(at: $0.window.start)).inserted
            }
            for limit in [1, 2] {
                var asked = question.asked(shifted: shift, limit: limit)
                asked.eachDayIn = .utc
                let answer = Overlap.answer(asked, among: people)
                #expect(answer.rows == Array(firsts.prefix(limit)))
                #expect(answer.hasMore == (firsts.count > limit))
            }
        }
    }

    @Test("BEST is the first row of the same question at atleast=1, or at min=1m too")
    func bestIsTheFirstRowWithLess() {
        var random = SplitMix(seed: 6)
        for _ in 0..<3_000 {
            let group = Group(&random)
            var question = Question(&random, group)
            question.atLeast = 5
            let answer = Overlap.answer(question.asked(), among: group.people)
            guard answer.rows.isEmpty else { continue }
            question.atLeast = 1
            var first = Overlap.answer(question.asked(), among: group.people).rows.first
            if first == nil {
                question.minimum = 1
                first = Overlap.answer(question.asked(), among: group.people).rows.first
            }
            #expect(answer.best == first)
            #expect((answer.obstacle != nil))
        }
    }
}

/// A repeatable stream of numbers: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
