import Testing

@testable import Commands

@Suite("WHEN, by the examples of the specification")
struct OverlapExamplesTests {
    static let base: Int64 = 29_000_160 - 29_000_160 % 1_440
    let now = Now(milliseconds: base * 60_000)

    func person(_ name: String, _ hours: (Int64, Int64)...) -> Overlap.Person {
        let windows = hours.compactMap {
            Window(start: Minute(Self.base + $0.0 * 60), end: Minute(Self.base + $0.1 * 60))
        }
        return Overlap.Person(name: name, windows: WindowSet(windows))
    }

    func shown(_ answer: Overlap.Answer) -> [String] {
        answer.rows.map { row in
            let start = (row.window.start.sinceEpoch - Self.base) / 60
            let end = (row.window.end.sinceEpoch - Self.base) / 60
            let missing = row.missing.isEmpty ? "" : " " + row.missing.joined(separator: ",")
            return "\(start)-\(end) \(row.available)/\(row.counted)\(missing)"
        }
    }

    var worked: [Overlap.Person] {
        [person("A", (18, 23)), person("B", (19, 23)), person("C", (19, 21)), person("D", (20, 24))]
    }

    @Test func threeFreeAllDayAndAFourthForTwoHours() {
        let people = [person("A", (10, 18)), person("B", (10, 18)), person("C", (10, 18)), person("D", (12, 14))]
        #expect(shown(Overlap.answer(Overlap.Question(now: now), among: people)) == ["12-14 4/4", "10-18 3/4 D"])
    }

    @Test func twoAtEveryMomentAreNotTwoWhoCanStay() {
        let people = [person("A", (18, 20)), person("B", (18, 22)), person("C", (20, 22))]
        #expect(shown(Overlap.answer(Overlap.Question(now: now), among: people)) == ["18-20 2/3 C", "20-22 2/3 A"])
    }

    @Test func theWorkedExample() throws {
        let hours = try #require(Length(minutes: 120))
        var question = Overlap.Question(now: now)
        #expect(shown(Overlap.answer(question, among: worked)) == ["20-21 4/4", "20-23 3/4 C", "19-21 3/4 D"])
        question.minimum = hours
        #expect(shown(Overlap.answer(question, among: worked)) == ["20-23 3/4 C", "19-21 3/4 D"])
        question.with = ["c"]
        #expect(shown(Overlap.answer(question, among: worked)) == ["19-21 3/4 D"])
    }

    @Test func eachDayKeepsTheFirstRowOfEachLocalDay() {
        let people = [person("A", (10, 12), (14, 18), (34, 36)), person("B", (10, 12), (14, 18), (34, 37))]
        var question = Overlap.Question(now: now, eachDayIn: .utc)
        #expect(shown(Overlap.answer(question, among: people)) == ["14-18 2/2", "34-36 2/2"])
        question.limit = 1
        let one = Overlap.answer(question, among: people)
        #expect(shown(one) == ["14-18 2/2"] && one.hasMore)
    }

    @Test func somebodyWhoSaidNoneIsCountedAndSomebodySilentIsNot() {
        let none = Overlap.Person(name: "B", windows: WindowSet(), saidNone: true)
        let silent = Overlap.Person(name: "C", windows: WindowSet())
        let answer = Overlap.answer(Overlap.Question(now: now), among: [person("A", (18, 20)), none, silent])
        #expect(answer.rows.isEmpty && answer.counted == 2)
        #expect(answer.best.map { $0.available } == 1 && answer.best?.missing == ["B"])
        #expect(answer.obstacle == .people(atLeast: 2))
    }

    @Test func nothingBeforeTheNextWholeMinuteIsAnswered() throws {
        let late = Now(milliseconds: (Self.base + 18 * 60 + 30) * 60_000 + 1)
        let answer = Overlap.answer(Overlap.Question(now: late), among: [person("A", (18, 20))])
        #expect(answer.rows.first?.window.start == Minute(Self.base + 18 * 60 + 31))
    }

    @Test func theStaircaseOfAThousandPeopleStaysBounded() {
        // Person i is free [i, n + i) and 199 times more: all rows would be quadratic in number.
        let people = (0..<1_000).map { person in
            let windows = (0..<200).compactMap { (round: Int64) -> Window? in
                let start = Self.base + round * 3_000 + Int64(person)
                return Window(start: Minute(start), end: Minute(start + 1_000))
            }
            return Overlap.Person(name: "p\(person)", windows: WindowSet(windows))
        }
        let answer = Overlap.answer(Overlap.Question(now: now, minimum: .shortest, atLeast: 1), among: people)
        #expect(answer.rows.count == 10 && answer.hasMore)
        #expect(answer.rows.first?.available == 1_000 && answer.rows.first?.window.minutes == 1)
    }
}
