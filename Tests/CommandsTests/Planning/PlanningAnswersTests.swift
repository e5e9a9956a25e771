import LineProtocol
import Testing

@testable import Commands

@Suite("Planning verbs, from their words to their rows")
struct PlanningAnswersTests {
    @Test(arguments: [
        (nil, AvailabilityRequest.list(nil)), ("list", .list(nil)), ("LIST bob", .list("bob")), ("All", .listAll),
        ("clear", .clear(saidNone: false)), ("NONE", .clear(saidNone: true)), ("REMOVE 3", .removeListed(3)),
        ("remove fri 18:00 3h", .remove("fri 18:00 3h")), ("remove fri", .remove("fri")),
        ("fri 18:00-22:30", .add("fri 18:00-22:30")), ("REMOVE 0", .removeListed(0)),
    ])
    func whatAnAvailLineAsksFor(_ text: String?, _ request: AvailabilityRequest) throws {
        #expect(try AvailabilityRequest(text) == request)
    }

    @Test(arguments: [
        ("remove", FailCode.needMoreParameters), ("list bob carol", .invalidParameters),
        ("clear all", .invalidParameters),
        ("remove 03", .invalidParameters), ("remove 99999999999999999999", .invalidParameters),
    ])
    func whatAnAvailLineCannotAskFor(_ text: String, _ code: FailCode) {
        let failure = #expect(throws: Failure.self) { try AvailabilityRequest(text) }
        #expect(failure?.code == code)
    }

    @Test func aListOfNamesThatNoLineCouldHoldEndsWithHowManyAreLeftOut() {
        #expect(NameList.field([]) == "*")
        #expect(NameList.field(["a"]) == "a")
        #expect(NameList.field(["a", "b", "c"]) == "a,b,c")
        let names = (1...1_000).map { "a-rather-long-username-of-\($0)" }
        let field = NameList.field(names)
        #expect(field.utf8.count < LineLimits.line - 512)
        let parts = field.split(separator: ",")
        let leftOut = names.count - (parts.count - 1)
        #expect(leftOut > 0 && parts.last == "+\(leftOut)")
    }

    @Test func aQuestionIsAnsweredInRowsAndAnOKLine() throws {
        let people = try [
            PlanningWordsTests.person("alice", ("2026-12-04T18:00", "2026-12-04T23:00")),
            PlanningWordsTests.person("bob", ("2026-12-04T18:00", "2026-12-04T20:00")),
            Overlap.Person(name: "carol", windows: WindowSet()),
        ]
        let answer = Self.answer(people, Overlap.Question(now: TimeTests.now, limit: 1))
        #expect(
            answer.rows == [
                Row(
                    kind: "WHEN", fields: ["#picnic", "1", "2026-12-04T18:00:00Z", "2026-12-04T20:00:00Z", "2/2", "*"],
                    text: "Fri 4 Dec 18:00-20:00, everybody")
            ])
        #expect(answer.fields == ["#picnic", "1", "2", "3", "end"])
        #expect(answer.text == "2 of 3 members have entered a time.")
        let all = Self.answer(people, Overlap.Question(now: TimeTests.now, atLeast: 1, limit: 1))
        #expect(all.fields == ["#picnic", "1", "2", "3", "more"])
        let best = Self.answer(people, Overlap.Question(now: TimeTests.now, atLeast: 3))
        #expect(best.rows.map(\.kind) == ["BEST"] && best.fields == ["#picnic", "0", "2", "3", "end"])
        #expect(best.rows.first?.fields.suffix(2) == ["2/2", "*"])
    }

    static func answer(_ people: [Overlap.Person], _ question: Overlap.Question) -> Answer {
        let reader = MemberPlanning.Reader(zone: .utc, now: question.now)
        let asked = AskedWhen(room: "#picnic", people: people, reader: reader, question: question)
        return Answer(when: Overlap.answer(question, among: people), asked)
    }

    @Test func pagesHoldEveryWindowOnceByMemberAndNumber() async throws {
        let reader = MemberPlanning.Reader(zone: .utc, now: TimeTests.now)
        let members = (0..<30).map { member in
            let windows = (0..<Int64(member * 7)).compactMap { index -> Window? in
                let start = TimeTests.now.minute.advanced(by: 10 + index * 20)
                return Window(start: start, end: start.advanced(by: 10))
            }
            return MemberPlanning(
                Statistics.Member(person: Overlap.Person(name: "p\(member)", windows: WindowSet(windows))),
                room: "#picnic", reader: reader)
        }
        let pages = AvailabilityPages(room: "#picnic", members: members)
        var rows: [Row] = []
        while true {
            let page = try await pages.next()
            if page.isEmpty { break }
            #expect(page.count < 500 + 210)
            rows += page
        }
        #expect(rows == members.flatMap(\.availabilityRows))
        #expect(await pages.fields() == ["#picnic", "\(rows.count)"])
        #expect(rows.count == 30 * 29 / 2 * 7)
    }
}
