@testable import Commands

/// A window as somebody may type it, made of parts: so its meaning is known without reading it.
struct TypedWindow {
    struct Clock {
        var hour: Int64
        var minute: Int64
        var hasSeconds: Bool

        var minuteOfDay: Int64 { hour * 60 + minute }
        var isStart: Bool { hour < 24 && minute < 60 }
        var isEnd: Bool { isStart || minuteOfDay == 1_440 && minute == 0 }
        var text: String { "\(padded(hour)):\(padded(minute))\(hasSeconds ? ":00" : "")" }
    }

    struct Date {
        var year: Int64
        var month: Int64
        var day: Int64

        var text: String { "\(padded(year, 4))-\(padded(month))-\(padded(day))" }
        /// Days since 1970, if there is such a date.
        var found: Int64? { SystemCalendar.day(year: year, month: month, day: day) }
    }

    enum Day {
        case date(Date)
        /// From Monday, 0; and how it is written.
        case weekday(Int64, String)
        /// Days from today, and how it is written.
        case ahead(Int64, String)
    }

    enum Part {
        case wholeDay
        case range(Clock, Clock)
        case start(Clock, TypedLength)
    }

    enum Form {
        case onDay(Day, Part)
        /// Minutes ahead of UTC, and how they are written.
        case joined(Date, Clock, offset: (minutes: Int64?, text: String), TypedLength)
        case colons(Date, Clock, TypedLength)
    }

    let form: Form
    let space: String

    var text: String {
        switch form {
        case .onDay(let day, let part): "\(Self.text(day))\(Self.text(part, space))"
        case .joined(let date, let clock, let offset, let length):
            "\(date.text)T\(clock.text)\(offset.text)\(space)\(length.text)"
        case .colons(let date, let clock, let length):
            "\(padded(date.year % 100)):\(padded(date.month)):\(padded(date.day)):\(clock.text)\(space)\(length.text)"
        }
    }

    private static func text(_ day: Day) -> String {
        switch day {
        case .date(let date): date.text
        case .weekday(_, let text), .ahead(_, let text): text
        }
    }

    private static func text(_ part: Part, _ space: String) -> String {
        switch part {
        case .wholeDay: ""
        case .range(let start, let end): "\(space)\(start.text)-\(end.text)"
        case .start(let clock, let length): "\(space)\(clock.text)\(space)\(length.text)"
        }
    }
}

/// A length as somebody may type it.
struct TypedLength {
    let text: String
    let minutes: Int64
    /// Whether hours and minutes are in the ranges that they have to be in.
    let isWritten: Bool

    init(_ reader: inout InputReader) {
        let (hours, rest) = (Int64(reader.byte()) * 2, Int64(reader.number(below: 64)))
        switch reader.number(below: 4) {
        case 0: (text, minutes, isWritten) = ("\(hours * 64 + rest)m", hours * 64 + rest, true)
        case 1: (text, minutes, isWritten) = ("\(hours)H", hours * 60, true)
        case 2: (text, minutes, isWritten) = ("\(hours)h\(rest)M", hours * 60 + rest, rest < 60)
        default: (text, minutes, isWritten) = ("\(padded(hours)):\(padded(rest))", hours * 60 + rest, rest < 60)
        }
    }

    var isGood: Bool { isWritten && (1...20_160).contains(minutes) }
}

extension TypedWindow {
    private static let weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

    /// - Parameter year: Dates are around it.
    init(_ reader: inout InputReader, around year: Int64) {
        let shape = reader.byte()
        space = shape & 0x80 == 0 ? " " : "   "
        switch shape % 8 {
        case 0, 1:
            form = .joined(
                Self.date(&reader, year), Self.clock(&reader), offset: Self.offset(&reader), TypedLength(&reader))
        case 2:
            let date = Date(
                year: 2_000 + Int64(reader.number(below: 100)), month: Int64(reader.number(below: 14)),
                day: Int64(reader.number(below: 33)))
            form = .colons(date, Self.clock(&reader), TypedLength(&reader))
        case 3, 4: form = .onDay(.date(Self.date(&reader, year)), Self.part(&reader))
        case 5:
            let number = reader.number(below: 7)
            let length = 3 + reader.number(below: Self.weekdays[number].count - 2)
            let word = String(Self.weekdays[number].prefix(length))
            form = .onDay(.weekday(Int64(number), reader.flag() ? word.uppercased() : word), Self.part(&reader))
        case 6: form = .onDay(.ahead(0, reader.flag() ? "TODAY" : "today"), Self.part(&reader))
        default: form = .onDay(.ahead(1, reader.flag() ? "Tomorrow" : "tomorrow"), Self.part(&reader))
        }
    }

    static func date(_ reader: inout InputReader, _ year: Int64) -> Date {
        let distance = Int64(Int8(bitPattern: reader.byte()))
        // Most dates are near, some in any year.
        let far = (distance * 79 + year) % 10_000
        return Date(
            year: abs(distance) < 100 ? min(max(year + distance / 8, 0), 9_999) : abs(far),
            month: Int64(reader.number(below: 14)), day: Int64(reader.number(below: 33)))
    }

    static func clock(_ reader: inout InputReader) -> Clock {
        let (hour, minute) = (reader.number(below: 26), reader.byte())
        return Clock(hour: Int64(hour), minute: Int64(minute % 62), hasSeconds: minute >= 186)
    }

    static func offset(_ reader: inout InputReader) -> (minutes: Int64?, text: String) {
        let kind = reader.number(below: 4)
        if kind == 0 { return (nil, "") }
        if kind == 1 { return (0, reader.flag() ? "z" : "Z") }
        let (hours, minutes) = (Int64(reader.number(below: 24)), Int64(reader.number(below: 60)))
        let amount = hours * 60 + minutes
        return (kind == 2 ? amount : -amount, "\(kind == 2 ? "+" : "-")\(padded(hours)):\(padded(minutes))")
    }

    private static func part(_ reader: inout InputReader) -> Part {
        switch reader.number(below: 4) {
        case 0: .wholeDay
        case 1, 2: .range(clock(&reader), clock(&reader))
        default: .start(clock(&reader), TypedLength(&reader))
        }
    }
}

/// Decimal digits with zeros in front up to `width`.
func padded(_ number: Int64, _ width: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
