import LineProtocol
import Persistence

/// What one member has entered in a room, as rows show it to one reader.
struct MemberPlanning: Sendable {
    let member: Statistics.Member
    let room: String
    let reader: Reader

    /// Who reads: times are put into words in their zone.
    struct Reader: Sendable {
        let zone: Zone
        let now: Now

        init(zone: Zone, now: Now) {
            self.zone = zone
            self.now = now
        }

        init(_ call: Call, _ transaction: ReadTransaction) throws {
            self.init(
                zone: Zone(named: try transaction.ownAccount(call).zone) ?? .utc,
                now: Now(milliseconds: transaction.now.milliseconds))
        }
    }

    init(_ member: Statistics.Member, room: String, reader: Reader) {
        self.member = member
        self.room = room
        self.reader = reader
    }

    init(_ record: MemberRecord, windows: [StoredWindow], room: String, reader: Reader) {
        let planning = record.planning
        let member = Statistics.Member(
            person: Overlap.Person(
                name: record.account.name, windows: WindowSet(stored: windows), saidNone: planning.saidNone),
            mood: planning.mood, budget: planning.budget.flatMap(Budget.init(stored:)),
            distance: planning.distanceMetres.flatMap { Distance(metres: $0) })
        self.init(member, room: room, reader: reader)
    }

    init(_ record: MemberRecord, room: RoomRecord, call: Call, _ transaction: ReadTransaction) throws {
        self.init(
            record,
            windows: try transaction.availability(room: room.reference.id, account: record.account.id),
            room: "#" + room.reference.name, reader: try Reader(call, transaction))
    }

    /// All members of a room, by name.
    static func all(
        in standing: Standing, call: Call, _ transaction: ReadTransaction
    ) throws -> [MemberPlanning] {
        let windows = try transaction.availability(room: standing.reference.id)
        let reader = try Reader(call, transaction)
        return try transaction.members(room: standing.reference.id).map { record in
            MemberPlanning(record, windows: windows[record.account.id] ?? [], room: standing.shown, reader: reader)
        }
    }

    /// `AVAIL <#room> <username> <n> <start> <end> :…`, those that are not over.
    var availabilityRows: [Row] {
        member.person.windows.listed(at: reader.now).enumerated().map { index, window in
            availabilityRow(window, number: index + 1)
        }
    }

    func availabilityRow(_ window: Window, number: Int) -> Row {
        Row(
            kind: "AVAIL",
            fields: [room, member.person.name, String(number), window.start.rfc3339, window.end.rfc3339],
            text: window.words(in: reader.zone, now: reader.now))
    }

    /// `STATS <#room> member …`
    var statisticsRow: Row {
        Row(statistics: Statistics.row(of: member, now: reader.now), room: room, reader: reader)
    }
}

extension WindowSet {
    init(stored windows: [StoredWindow]) {
        self.init(windows.compactMap { Window(start: Minute($0.start), end: Minute($0.end)) })
    }

    var stored: [StoredWindow] {
        windows.map { StoredWindow(start: $0.start.sinceEpoch, end: $0.end.sinceEpoch) }
    }
}

extension Budget {
    init?(stored record: BudgetRecord) {
        guard let currency = Currency(record.currency) else { return nil }
        self.init(low: record.low, high: record.high, currency: currency)
    }
}
