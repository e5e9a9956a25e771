import LineProtocol
import Persistence

extension Command {
    static let statistics = Command(
        Declaration(
            "STATS", nil, [.room(required: false), .word("user", required: false)], by: .room(.member),
            codes: [.noSuchUser],
            help: "Shows what each member has entered and what suits them together, or one member alone."),
        .long { call in
            let asked = try await call.readRoom(call.declaration.permission) { standing, transaction in
                let members = try MemberPlanning.all(in: standing, call: call, transaction)
                return (room: standing.shown, members: members, reader: try MemberPlanning.Reader(call, transaction))
            }
            let (members, reader) = (asked.members.map(\.member), asked.reader)
            let answered = Statistics.answered(members, now: reader.now)
            let fields = [asked.room, String(members.count), String(answered)]
            let words = Statistics.summary(answered: answered, of: members.count)
            if let name = call.arguments["user"] {
                guard
                    let member = asked.members.first(where: {
                        $0.member.person.name.asciiLowercased == name.asciiLowercased
                    })
                else { throw Failure.noSuchUser(name) }
                return Answer(rows: [member.statisticsRow], fields, text: words)
            }
            let isLarge = Overlap.isLarge(members.map(\.person))
            let statistics =
                isLarge
                ? try await call.services.computation.run { Statistics(of: members, now: reader.now) }
                : Statistics(of: members, now: reader.now)
            let rows = statistics.rows.map { Row(statistics: $0, room: asked.room, reader: reader) }
            return Answer(rows: rows, fields, text: words)
        })
}

extension Row {
    /// `STATS <#room> member|mood|budget|distance|when …`
    init(statistics row: Statistics.Row, room: String, reader: MemberPlanning.Reader) {
        let fields: [String] =
            switch row {
            case .member(let name, let mood, let budget, let distance, let windows, _):
                [
                    "member", name, "mood=\(mood ?? "*")", "budget=\(budget?.shown ?? "*")",
                    "distance=\(distance?.shown ?? "*")", "windows=\(windows)",
                ]
            case .mood(let mood, let count, _): ["mood", mood, String(count)]
            case .budget(let budget, let suits, let counted):
                [
                    "budget", Budget.amount(budget.low), Budget.amount(budget.high), budget.currency.code,
                    "\(suits)/\(counted)",
                ]
            case .distance(let common, let median, let counted):
                ["distance", common.shown, median.shown, "\(counted)/\(counted)"]
            case .when(let row): ["when"] + row.fields
            }
        self.init(kind: "STATS", fields: [room] + fields, text: row.words(in: reader.zone, now: reader.now))
    }
}
