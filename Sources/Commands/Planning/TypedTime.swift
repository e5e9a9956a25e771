/// Clock times as typed: `hh:mm`, seconds allowed if they are 00.
enum TypedClock {
    /// The minute of the day that all of `word` writes, up to 23:59; nil where it is not a clock time at all.
    static func start(_ word: some StringProtocol) throws(PlanningFailure) -> Int64? {
        var scanner = WordScanner(word)
        guard let minuteOfDay = try scan(&scanner) else { return nil }
        if let next = scanner.peek(), [UInt8(ascii: "Z"), UInt8(ascii: "z"), UInt8(ascii: "+")].contains(next) {
            throw .invalidTime(.offsetWithoutT)
        }
        guard scanner.isAtEnd else { return nil }
        guard minuteOfDay < CivilTime.minutesPerDay else { throw .invalidTime(.noSuchClockTime) }
        return minuteOfDay
    }

    /// Takes a clock time up to 24:00; nil where none is next.
    static func scan(_ scanner: inout WordScanner) throws(PlanningFailure) -> Int64? {
        guard let hours = scanner.number(digits: 2...2), scanner.take(":"),
            let minutes = scanner.number(digits: 2...2)
        else { return nil }
        if scanner.take(":") {
            guard let seconds = scanner.number(digits: 2...2) else { return nil }
            guard seconds == 0 else { throw .invalidTime(.secondsGiven) }
        }
        let minuteOfDay = hours * 60 + minutes
        guard minutes < 60, minuteOfDay <= CivilTime.minutesPerDay
        else { throw .invalidTime(.noSuchClockTime) }
        return minuteOfDay
    }
}

/// `18:00-22:30`, in minutes of the day; an end not after the start is on the next day.
struct ClockRange: Hashable, Sendable {
    /// 0 to 1,439.
    var start: Int64
    /// 0 to 1,440.
    var end: Int64

    /// Nil where `word` is not a range at all.
    init?(_ word: some StringProtocol) throws(PlanningFailure) {
        var scanner = WordScanner(word)
        guard let start = try TypedClock.scan(&scanner), scanner.take("-") else { return nil }
        guard let end = try TypedClock.scan(&scanner), scanner.isAtEnd, start < CivilTime.minutesPerDay
        else { throw .invalidTime(.noSuchClockTime) }
        self.start = start
        self.end = end
    }
}

/// `2026-12-05`.
enum TypedDate {
    /// The date that all of `word` writes; nil where it is not of that form.
    static func date(_ word: some StringProtocol) throws(PlanningFailure) -> CivilDate? {
        var scanner = WordScanner(word)
        guard let parts = scan(&scanner), scanner.isAtEnd else { return nil }
        return try date(parts)
    }

    typealias Parts = (year: Int64, month: Int64, day: Int64)

    static func scan(_ scanner: inout WordScanner) -> Parts? {
        guard let year = scanner.number(digits: 4...4), scanner.take("-"),
            let month = scanner.number(digits: 2...2), scanner.take("-"),
            let day = scanner.number(digits: 2...2)
        else { return nil }
        return (year, month, day)
    }

    static func date(_ parts: Parts) throws(PlanningFailure) -> CivilDate {
        guard let date = CivilDate(year: parts.year, month: parts.month, day: parts.day)
        else { throw .invalidTime(.noSuchDate) }
        return date
    }
}

/// A day as typed: a date, a weekday of three letters or more, `today`, `tomorrow`.
enum TypedDay {
    case date(String)
    case weekday(Weekday)
    case daysFromToday(Int64)

    /// Nil where `word` is none of them. That a date exists is asked later, by `date(today:)`.
    init?(_ word: String) {
        let folded = word.lowercased()
        var scanner = WordScanner(word)
        if TypedDate.scan(&scanner) != nil, scanner.isAtEnd {
            self = .date(word)
        } else if folded == "today" {
            self = .daysFromToday(0)
        } else if folded == "tomorrow" {
            self = .daysFromToday(1)
        } else if let weekday = Weekday(abbreviation: folded) {
            self = .weekday(weekday)
        } else {
            return nil
        }
    }

    /// Whether next week's day is meant where this week's is over.
    var comesAgain: Bool {
        if case .weekday = self { true } else { false }
    }

    /// The day itself; of a weekday the first from `today` on.
    func date(today: CivilDate) throws(PlanningFailure) -> CivilDate {
        switch self {
        case .date(let word):
            guard let date = try TypedDate.date(word) else { throw .invalidTime(.noSuchDate) }
            return date
        case .daysFromToday(let days):
            return today.advanced(by: days)
        case .weekday(let weekday):
            let (_, ahead) = CivilTime.divide(weekday.rawValue - today.weekday.rawValue, by: 7)
            return today.advanced(by: ahead)
        }
    }
}

/// A start of one word: `2026-12-05T18:00+01:00` or `26:12:05:18:00`.
struct TypedInstant {
    var local: LocalTime
    /// Minutes ahead of UTC, where the word says so.
    var offset: Int64?

    /// Nil where `word` has neither form.
    init?(_ word: some StringProtocol) throws(PlanningFailure) {
        var scanner = WordScanner(word)
        let parts: TypedDate.Parts
        let isColonForm = scanner.digitsAhead == 2
        if isColonForm {
            guard let year = scanner.number(digits: 2...2), scanner.take(":"),
                let month = scanner.number(digits: 2...2), scanner.take(":"),
                let day = scanner.number(digits: 2...2), scanner.take(":")
            else { return nil }
            parts = (2_000 + year, month, day)
        } else {
            guard let date = TypedDate.scan(&scanner), scanner.take("T") else { return nil }
            parts = date
        }
        let date = try TypedDate.date(parts)
        guard let minuteOfDay = try TypedClock.scan(&scanner) else { return nil }
        guard minuteOfDay < CivilTime.minutesPerDay else { throw .invalidTime(.noSuchClockTime) }
        local = LocalTime(date: date, minuteOfDay: minuteOfDay)
        if !isColonForm { offset = Self.offset(&scanner) }
        guard scanner.isAtEnd else { return nil }
    }

    /// `Z`, `+hh:mm` or `-hh:mm`, in minutes; nil where none is next.
    private static func offset(_ scanner: inout WordScanner) -> Int64? {
        if scanner.take("Z") { return 0 }
        let negative = scanner.take("-")
        guard negative || scanner.take("+"), let hours = scanner.number(digits: 2...2), hours < 24,
            scanner.take(":"), let minutes = scanner.number(digits: 2...2), minutes < 60
        else { return nil }
        let offset = hours * 60 + minutes
        return negative ? -offset : offset
    }
}
