/// Arithmetic of the proleptic Gregorian calendar and of clock times, without a time zone.
enum CivilTime {
    static let minutesPerDay: Int64 = 1_440
    static let secondsPerDay: Int64 = 86_400

    static let monthNames = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Division that rounds towards the past, with a remainder in `0..<divisor` (divisor > 0).
    static func divide(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// `hh:mm` of a minute of the day; 1,440 reads `24:00`.
    static func clock(_ minuteOfDay: Int64) -> String {
        "\(padded(minuteOfDay / 60)):\(padded(minuteOfDay % 60))"
    }

    /// Decimal digits with zeros in front up to `width`.
    static func padded(_ value: Int64, width: Int = 2) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// A day of the Gregorian calendar, in no zone in particular.
struct CivilDate: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01, negative before.
    let daysSinceEpoch: Int64

    init(daysSinceEpoch: Int64) {
        self.daysSinceEpoch = daysSinceEpoch
    }

    /// The day with this year (0 to 9999), month and day of the month, if the calendar has it.
    init?(year: Int64, month: Int64, day: Int64) {
        guard (0...9_999).contains(year), (1...12).contains(month) else { return nil }
        guard day >= 1, day <= Self.length(ofMonth: month, year: year) else { return nil }
        daysSinceEpoch = Self.days(year: year, month: month, day: day)
    }

    /// Days since the epoch of a date. Years are counted from March, so that the leap day is the
    /// last of its year and the lengths of the months before it follow one line (153 days in each
    /// five months); 400 years are 146,097 days. `day` may lie outside the month.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month > 2 ? year : year - 1
        let (era, yearOfEra) = CivilTime.divide(marchYear, by: 400)
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func isLeap(year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    static func length(ofMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year: year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Year, month from 1, day of the month from 1: the way back of `days(year:month:day:)`.
    var components: (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = CivilTime.divide(daysSinceEpoch + 719_468, by: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// The day of the week. 1970-01-01 was a Thursday.
    var weekday: Weekday {
        let (_, index) = CivilTime.divide(daysSinceEpoch + 3, by: 7)
        return Weekday(rawValue: index) ?? .monday
    }

    func advanced(by days: Int64) -> CivilDate {
        CivilDate(daysSinceEpoch: daysSinceEpoch + days)
    }

    /// `2026-12-04`.
    var shown: String {
        let (year, month, day) = components
        return "\(CivilTime.padded(year, width: 4))-\(CivilTime.padded(month))-\(CivilTime.padded(day))"
    }

    static func < (left: CivilDate, right: CivilDate) -> Bool {
        left.daysSinceEpoch < right.daysSinceEpoch
    }
}

/// A day of the week; raw values count from Monday = 0.
enum Weekday: Int64, CaseIterable, Sendable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    /// The English name in lower case.
    var name: String {
        switch self {
        case .monday: "monday"
        case .tuesday: "tuesday"
        case .wednesday: "wednesday"
        case .thursday: "thursday"
        case .friday: "friday"
        case .saturday: "saturday"
        case .sunday: "sunday"
        }
    }

    /// Three letters with a capital, as in words for people: `Fri`.
    var short: String {
        switch self {
        case .monday: "Mon"
        case .tuesday: "Tue"
        case .wednesday: "Wed"
        case .thursday: "Thu"
        case .friday: "Fri"
        case .saturday: "Sat"
        case .sunday: "Sun"
        }
    }

    /// The weekday that a lower-case word of at least three letters abbreviates: `fri`, `frida`.
    init?(abbreviation: String) {
        guard abbreviation.utf8.count >= 3,
            let found = Self.allCases.first(where: { $0.name.hasPrefix(abbreviation) })
        else { return nil }
        self = found
    }
}
