/// Times in words for people, in the zone of the one who reads.
extension Window {
    /// `Fri 4 Dec 18:00-20:00`, `Sat 5 Dec all day`, or over days `Fri 4 Dec 22:00 - Sat 5 Dec 02:00`.
    ///
    /// A year is named where it is not the present one here; a clock time that comes twice that day has
    /// its offset from UTC with it.
    public func words(in zone: Zone, now: Now) -> String {
        let first = zone.localTime(at: start)
        var last = zone.localTime(at: end)
        var lastIsDayEnd = false
        if zone.startOfDay(last.date) == end {
            // The end of a day is read as its 24:00, not as the next day's beginning.
            last = LocalTime(date: last.date.advanced(by: -1), minuteOfDay: CivilTime.minutesPerDay)
            lastIsDayEnd = true
        }
        let year = zone.date(at: now.minute).components.year
        let day = Self.words(first.date, year: year)
        let beginsDay = zone.startOfDay(first.date) == start
        if first.date == last.date, beginsDay, lastIsDayEnd { return "\(day) all day" }
        let from = Self.clock(first.minuteOfDay, at: start, in: zone)
        let to = lastIsDayEnd ? CivilTime.clock(last.minuteOfDay) : Self.clock(last.minuteOfDay, at: end, in: zone)
        if first.date == last.date { return "\(day) \(from)-\(to)" }
        return "\(day) \(from) - \(Self.words(last.date, year: year)) \(to)"
    }

    private static func words(_ date: CivilDate, year: Int64) -> String {
        let parts = date.components
        let index = Int(parts.month - 1)
        let month = CivilTime.monthNames.indices.contains(index) ? CivilTime.monthNames[index] : ""
        let day = "\(date.weekday.short) \(parts.day) \(month)"
        return parts.year == year ? day : "\(day) \(parts.year)"
    }

    private static func clock(_ minuteOfDay: Int64, at minute: Minute, in zone: Zone) -> String {
        let clock = CivilTime.clock(minuteOfDay)
        guard zone.isAmbiguous(minute) else { return clock }
        let offset = zone.offset(at: minute) / 60
        let sign = offset < 0 ? "-" : "+"
        return "\(clock) (UTC\(sign)\(CivilTime.clock(abs(offset))))"
    }
}

extension Overlap.Row {
    /// `Fri 4 Dec 18:00-20:00, everybody`; `…, without carol and dave`; `…, 5 of 9`.
    public func words(in zone: Zone, now: Now) -> String {
        "\(window.words(in: zone, now: now)), \(who)"
    }

    private var who: String {
        if missing.isEmpty { return "everybody" }
        if missing.count > Overlap.mostNamed { return "\(available) of \(counted)" }
        return "without \(Overlap.list(missing))"
    }
}

extension Overlap {
    /// So many people are named in words; more are told by their number.
    fileprivate static let mostNamed = 3

    /// `carol`, `carol and dave`, `carol, dave and erin`.
    fileprivate static func list(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return "\(names.dropLast().joined(separator: ", ")) and \(last)"
    }
}

extension Overlap.Answer {
    /// The words of the BEST row: the row, and which condition stood in the way; nil without such a row.
    public func bestWords(in zone: Zone, now: Now) -> String? {
        guard let best, let obstacle else { return nil }
        return "\(best.words(in: zone, now: now)): \(obstacle.words)"
    }

    /// The words of the OK line: how many of the members are counted, if not all, and why there is nothing
    /// where there is not even a BEST row. Nil where nothing needs to be said.
    public func summary(members: Int) -> String? {
        var sentences: [String] = []
        if counted > 0, counted < members {
            let have = counted == 1 ? "has" : "have"
            sentences.append("\(counted) of \(members) members \(have) entered a time.")
        }
        if rows.isEmpty, best == nil, let obstacle { sentences.append("\(obstacle.words).") }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }
}

extension Overlap.Obstacle {
    /// Which condition stood in the way, without a full stop.
    public var words: String {
        switch self {
        case .nobodyCounted: "Nobody has entered a time yet (/avail fri 18:00 3h)"
        case .people(let atLeast): "fewer people than asked for (atleast=\(atLeast))"
        case .length(let minimum): "shorter than asked for (min=\(minimum.shown))"
        case .peopleAndLength(let atLeast, let minimum):
            "fewer people and shorter than asked for (atleast=\(atLeast) min=\(minimum.shown))"
        case .with(let names) where names.count == 1: "\(Overlap.list(names)) has no time (with=)"
        case .with(let names) where names.count > Overlap.mostNamed:
            "The \(names.count) people in with= have no time together"
        case .with(let names): "\(Overlap.list(names)) have no time together (with=)"
        case .bounds: "Nobody has time within from= and until="
        case .withAndBounds(let names) where names.count > Overlap.mostNamed:
            "No time of the \(names.count) people in with= lies within from= and until="
        case .withAndBounds(let names):
            "No time of \(Overlap.list(names)) lies within from= and until="
        case .noTime: "Nobody has any time"
        }
    }
}
