/// A length of elapsed time in whole minutes, 1 minute to 14 days: how long a window lasts, and `min=`.
///
/// Typed as `3h`, `90m`, `1h30m` or `03:00`, units in either case.
public struct Length: Hashable, Comparable, Sendable {
    /// Minutes, in `1...Length.longest.minutes`.
    public let minutes: Int64

    /// What `min=` is where it is not given: 30 minutes.
    public static let defaultMinimum = Length(known: 30)
    /// One minute.
    public static let shortest = Length(known: 1)
    /// 14 days.
    public static let longest = Length(known: 14 * CivilTime.minutesPerDay)

    private init(known minutes: Int64) {
        self.minutes = minutes
    }

    /// A length of that many minutes; nil out of the range.
    public init?(minutes: Int64) {
        guard (1...Self.longest.minutes).contains(minutes) else { return nil }
        self.minutes = minutes
    }

    /// The length that `word` writes.
    public init(parsing word: some StringProtocol) throws(PlanningFailure) {
        guard let minutes = Self.minutes(in: word) else { throw .invalidDuration(.unreadable) }
        guard let length = Length(minutes: minutes) else { throw .invalidDuration(.outOfRange) }
        self = length
    }

    /// `90m`, `3h`, `1h30m`, `03:00`. Numbers have no leading zeros, but for the minutes after hours.
    private static func minutes(in word: some StringProtocol) -> Int64? {
        var scanner = WordScanner(word)
        let startsWithZero = scanner.peek() == UInt8(ascii: "0")
        let digits = scanner.digitsAhead
        guard let first = scanner.number(digits: 1...9) else { return nil }
        if scanner.take(":") {
            guard digits >= 2, digits == 2 || !startsWithZero else { return nil }
            guard let minutes = scanner.number(digits: 2...2), minutes < 60, scanner.isAtEnd else { return nil }
            return first * 60 + minutes
        }
        guard digits == 1 || !startsWithZero else { return nil }
        if scanner.take("m") {
            return scanner.isAtEnd ? first : nil
        }
        guard scanner.take("h") else { return nil }
        if scanner.isAtEnd { return first * 60 }
        guard let minutes = scanner.number(digits: 1...2), minutes < 60, scanner.take("m"), scanner.isAtEnd
        else { return nil }
        return first * 60 + minutes
    }

    /// As people read it, and as it can be typed: `3h`, `45m`, `1h30m`.
    public var shown: String {
        let (hours, rest) = minutes.quotientAndRemainder(dividingBy: 60)
        if hours == 0 { return "\(rest)m" }
        return rest == 0 ? "\(hours)h" : "\(hours)h\(rest)m"
    }

    public static func < (left: Length, right: Length) -> Bool { left.minutes < right.minutes }
}
