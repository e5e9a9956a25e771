import LineProtocol
import Persistence

extension Command {
    static let when = Command(
        Declaration(
            "WHEN", nil,
            [.room(required: false), .options(["min", "atleast", "from", "until", "with", "each", "limit"])],
            by: .room(.member), codes: [.invalidDuration, .invalidTime, .noSuchUser],
            usage: "[#room] [min=] [atleast=] [from=] [until=] [with=a,b] [each=day] [limit=]",
            help: "Computes the times that suit the most: longest first among equally many people."),
        .long { call in
            let asked = try await call.readRoom(call.declaration.permission) { standing, transaction in
                let members = try MemberPlanning.all(in: standing, call: call, transaction)
                let reader = try MemberPlanning.Reader(call, transaction)
                let people = members.map(\.member.person)
                return AskedWhen(
                    room: standing.shown, people: people, reader: reader,
                    question: try question(call.arguments, people, reader))
            }
            let answer = try await asked.answer(call)
            return Answer(when: answer, asked)
        })
}

/// A question with everything it takes to answer it outside a transaction.
struct AskedWhen: Sendable {
    let room: String
    let people: [Overlap.Person]
    let reader: MemberPlanning.Reader
    let question: Overlap.Question

    /// A large question goes where it holds up nobody.
    func answer(_ call: Call) async throws -> Overlap.Answer {
        guard Overlap.isLarge(people) else { return Overlap.answer(question, among: people) }
        return try await call.services.computation.run { Overlap.answer(question, among: people) }
    }
}

/// - Throws: INVALID_DURATION, INVALID_TIME, INVALID_PARAMS, NO_SUCH_USER.
private func question(
    _ arguments: Arguments, _ people: [Overlap.Person], _ reader: MemberPlanning.Reader
) throws -> Overlap.Question {
    let parser = TimeParser(zone: reader.zone, now: reader.now)
    var question = Overlap.Question(now: reader.now)
    if let word = arguments.options["min"] { question.minimum = try Length(parsing: word) }
    if let number = try arguments.number("atleast", in: 1...Int64.max) { question.atLeast = Int(clamping: number) }
    if let word = arguments.options["from"] { question.from = try parser.from(word) }
    if let word = arguments.options["until"] { question.until = try parser.until(word) }
    if let from = question.from, let until = question.until, until <= from {
        throw Failure(.invalidTime, words: "until= is not after from=.")
    }
    if let word = arguments.options["with"] {
        question.with = try required(word, among: people)
    }
    if let word = arguments.options["each"] {
        guard word.lowercased() == "day" else { throw Failure.invalidParameters("each= takes: day.") }
        question.eachDayIn = reader.zone
    }
    if let number = try arguments.number("limit", in: 1...Int64(Overlap.Question.limits.upperBound)) {
        question.limit = Int(number)
    }
    return question
}

/// The people of `with=`, each once.
/// - Throws: NO_SUCH_USER.
private func required(_ word: String, among people: [Overlap.Person]) throws(Failure) -> [String] {
    let members = Set(people.map { $0.name.asciiLowercased })
    var (names, folded): ([String], Set<String>) = ([], [])
    for name in word.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
        guard members.contains(name.asciiLowercased) else { throw .noSuchUser(name) }
        if folded.insert(name.asciiLowercased).inserted { names.append(name) }
    }
    return names
}

extension Answer {
    /// WHEN rows, or one BEST row, and what the OK line says.
    init(when answer: Overlap.Answer, _ asked: AskedWhen) {
        let reader = asked.reader
        var rows = answer.rows.enumerated().map { index, row in
            Row(
                kind: "WHEN", fields: [asked.room, String(index + 1)] + row.fields + [NameList.field(row.missing)],
                text: row.words(in: reader.zone, now: reader.now))
        }
        if rows.isEmpty, let best = answer.best {
            rows.append(
                Row(
                    kind: "BEST", fields: [asked.room] + best.fields + [NameList.field(best.missing)],
                    text: answer.bestWords(in: reader.zone, now: reader.now)))
        }
        self.init(
            rows: rows,
            [
                asked.room, String(answer.rows.count), String(answer.counted), String(asked.people.count),
                answer.hasMore ? "more" : "end",
            ], text: answer.summary(members: asked.people.count))
    }
}

extension Overlap.Row {
    /// `<start> <end> <k>/<n>`
    var fields: [String] { [window.start.rfc3339, window.end.rfc3339, "\(available)/\(counted)"] }
}

/// Names in one field.
enum NameList {
    /// Leaves room for the rest of a line.
    private static let mostBytes = LineLimits.line - 1_024

    /// `a,b,c`, or `*` for nobody. A list that no line could hold ends with how many are left out: `a,b,+900`.
    static func field(_ names: [String]) -> String {
        var (field, bytes) = ("", 0)
        for (index, name) in names.enumerated() {
            bytes += name.utf8.count + 1
            if bytes > mostBytes { return "\(field),+\(names.count - index)" }
            field += index == 0 ? name : "," + name
        }
        return field.isEmpty ? "*" : field
    }
}
