/// Reads times as people type them (section 8 of the protocol), in the zone of the one who types.
///
/// ```
/// window = start length / day SP hh:mm-hh:mm / day
/// start  = date "T" hh:mm [":00"] ["Z" / ("+"/"-") hh:mm] / yy:mm:dd:hh:mm / day SP hh:mm
/// day    = yyyy-mm-dd / weekday / "today" / "tomorrow"
/// bound  = date "T" hh:mm [":00"] ["Z" / ("+"/"-") hh:mm] / yyyy-mm-dd
/// ```
/// Words count in any case; `:00` may follow any clock time as its seconds. A weekday is the first day of
/// that name, today included, whose window is not over. A local time that comes twice is the first one.
public struct TimeParser: Sendable {
    /// The zone of times that are written without an offset.
    public let zone: Zone
    /// The present, against which "today" and "over" are told.
    public let now: Now

    /// A parser for one person at one moment.
    public init(zone: Zone, now: Now) {
        self.zone = zone
        self.now = now
    }

    /// The window that a line of words writes.
    public func window(_ text: some StringProtocol) throws(PlanningFailure) -> Window {
        try window(text.split(separator: " "))
    }

    /// The window that these words write, as `AVAIL` and `AVAIL REMOVE` take it. One that is over, or
    /// begins more than 10 years ahead, is `invalidTime`.
    public func window(_ words: some Sequence<some StringProtocol>) throws(PlanningFailure) -> Window {
        var rest = words.map { String($0) }[...]
        guard let first = rest.popFirst() else { throw .invalidTime(.unreadable) }
        if let day = TypedDay(first) {
            return try window(on: day, rest: rest)
        }
        let start = try instant(first, elseThrow: .unreadable)
        let window = try Self.window(from: start, lengthIn: rest, missing: Self.rangeHint(first))
        try check(window)
        return window
    }

    /// The moment that `from=` names; a date is its beginning.
    public func from(_ word: some StringProtocol) throws(PlanningFailure) -> Minute {
        if let date = try TypedDate.date(word) { return zone.startOfDay(date) }
        return try bound(word)
    }

    /// The moment that `until=` names; a date is its end.
    public func until(_ word: some StringProtocol) throws(PlanningFailure) -> Minute {
        if let date = try TypedDate.date(word) { return zone.startOfDay(date.advanced(by: 1)) }
        return try bound(word)
    }

    private func bound(_ word: some StringProtocol) throws(PlanningFailure) -> Minute {
        // The colon form is a start, but no bound.
        guard word.utf8.contains(where: { $0 == UInt8(ascii: "T") || $0 == UInt8(ascii: "t") })
        else { throw .invalidTime(.boundUnreadable) }
        return try instant(word, elseThrow: .boundUnreadable)
    }
}

extension TimeParser {
    /// A start that is one word: a T time or the form of colons.
    private func instant(
        _ word: some StringProtocol, elseThrow fault: PlanningFailure.TimeFault
    ) throws(PlanningFailure) -> Minute {
        guard let typed = try TypedInstant(word) else { throw .invalidTime(fault) }
        guard let offset = typed.offset else {
            return try minute(typed.local)
        }
        let shown = typed.local.date.daysSinceEpoch * CivilTime.minutesPerDay + typed.local.minuteOfDay
        return Minute(shown - offset)
    }

    /// The first moment at which the clocks here show `local`.
    private func minute(_ local: LocalTime) throws(PlanningFailure) -> Minute {
        switch zone.resolve(local) {
        case .once(let minute), .twice(first: let minute, second: _): return minute
        case .skipped: throw .invalidTime(.skippedByClocks)
        }
    }

    private static func window(
        from start: Minute, lengthIn rest: ArraySlice<String>, missing: PlanningFailure
    ) throws(PlanningFailure) -> Window {
        guard let word = rest.first else { throw missing }
        let length = try Length(parsing: word)
        guard rest.count == 1 else { throw .tooManyWords }
        guard let window = Window(start: start, end: start.advanced(by: length.minutes))
        else { throw .invalidTime(.tooFarAhead) }
        return window
    }

    /// A T time with no length: `2026-12-05T18:00-21:00` looks like a range and is an offset.
    private static func rangeHint(_ word: String) -> PlanningFailure {
        let looksLikeRange = word.utf8.filter { $0 == UInt8(ascii: "-") }.count > 2
        return looksLikeRange ? .invalidTime(.rangeAfterT) : .invalidDuration(.missing)
    }

    private func check(_ window: Window) throws(PlanningFailure) {
        if window.isOver(at: now) { throw .invalidTime(.over) }
        if window.start > tenYearsAhead { throw .invalidTime(.tooFarAhead) }
    }

    /// The same date and time (UTC) ten calendar years on; 29 February becomes 1 March.
    private var tenYearsAhead: Minute {
        let (days, minuteOfDay) = CivilTime.divide(now.minute.sinceEpoch, by: CivilTime.minutesPerDay)
        let (year, month, day) = CivilDate(daysSinceEpoch: days).components
        let then = CivilDate.days(year: year + 10, month: month, day: day)
        return Minute(then * CivilTime.minutesPerDay + minuteOfDay)
    }
}

extension TimeParser {
    /// What follows a day: nothing, a range, or a clock time and a length.
    private enum Part {
        case wholeDay
        case range(ClockRange)
        case start(Int64, ArraySlice<String>)

        /// The minute of the day at which it begins.
        var beginning: Int64 {
            switch self {
            case .wholeDay: 0
            case .range(let range): range.start
            case .start(let minuteOfDay, _): minuteOfDay
            }
        }
    }

    private func window(on day: TypedDay, rest: ArraySlice<String>) throws(PlanningFailure) -> Window {
        let part = try Self.part(rest)
        let here = zone.localTime(at: now.minute)
        let first = try day.date(today: here.date)
        guard day.comesAgain else {
            let window = try window(on: first, part)
            try check(window)
            return window
        }
        do throws(PlanningFailure) {
            let window = try window(on: first, part)
            if !window.isOver(at: now) { return window }
        } catch {
            // A time that was skipped earlier today is past like any other.
            guard error == .invalidTime(.skippedByClocks), first == here.date,
                part.beginning < here.minuteOfDay
            else { throw error }
        }
        let window = try window(on: first.advanced(by: 7), part)
        try check(window)
        return window
    }

    private static func part(_ rest: ArraySlice<String>) throws(PlanningFailure) -> Part {
        guard let word = rest.first else { return .wholeDay }
        if let range = try ClockRange(word) {
            guard rest.count == 1 else { throw .tooManyWords }
            return .range(range)
        }
        if let minuteOfDay = try TypedClock.start(word) { return .start(minuteOfDay, rest.dropFirst()) }
        let isLength = (try? Length(parsing: word)) != nil
        throw .invalidTime(isLength ? .clockTimeMissing : .noSuchClockTime)
    }

    private func window(on date: CivilDate, _ part: Part) throws(PlanningFailure) -> Window {
        switch part {
        case .wholeDay:
            let end = zone.startOfDay(date.advanced(by: 1))
            guard let window = Window(start: zone.startOfDay(date), end: end)
            else { throw .invalidTime(.skippedDay) }
            return window
        case .range(let range):
            let start = try minute(LocalTime(date: date, minuteOfDay: range.start))
            let end = try self.end(of: range, on: date)
            guard let window = Window(start: start, end: end) else { throw .invalidTime(.skippedByClocks) }
            return window
        case .start(let minuteOfDay, let rest):
            let start = try minute(LocalTime(date: date, minuteOfDay: minuteOfDay))
            return try Self.window(from: start, lengthIn: rest, missing: .invalidDuration(.missing))
        }
    }

    /// 24:00 is the last moment of the day, which there always is; other ends are clock times.
    private func end(of range: ClockRange, on date: CivilDate) throws(PlanningFailure) -> Minute {
        if range.end == CivilTime.minutesPerDay { return zone.startOfDay(date.advanced(by: 1)) }
        let day = range.end > range.start ? date : date.advanced(by: 1)
        return try minute(LocalTime(date: day, minuteOfDay: range.end))
    }
}
