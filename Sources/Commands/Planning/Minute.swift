/// A whole minute of planned time, counted from 1970-01-01T00:00Z in UTC.
///
/// Planning knows nothing finer: windows begin and end on whole minutes. The range is 1970 up to
/// the last minute of 9999, so a minute always has an RFC 3339 form, fits 32 bits, and sums of
/// minutes cannot overflow. Values outside are drawn to the nearest end of the range.
public struct Minute: Hashable, Comparable, Sendable {
    /// Minutes since 1970-01-01T00:00Z, in `0...Minute.last.sinceEpoch`.
    public let sinceEpoch: Int64

    /// The first minute there is: 1970-01-01T00:00Z.
    public static let first = Minute(0)

    /// The last minute there is: 9999-12-31T23:59Z.
    public static let last = Minute(Self.upperBound)

    private static let upperBound: Int64 = 2_932_897 * CivilTime.minutesPerDay - 1

    /// The minute that many minutes after 1970 began, drawn into the range.
    public init(_ sinceEpoch: Int64) {
        self.sinceEpoch = min(max(sinceEpoch, 0), Self.upperBound)
    }

    /// This minute moved by `minutes` (negative: earlier), drawn into the range.
    public func advanced(by minutes: Int64) -> Minute {
        let (sum, overflow) = sinceEpoch.addingReportingOverflow(minutes)
        guard !overflow else { return minutes < 0 ? .first : .last }
        return Minute(sum)
    }

    /// Milliseconds since 1970 at which this minute begins.
    public var milliseconds: Int64 { sinceEpoch * 60_000 }

    /// RFC 3339 in UTC with seconds, as planned times stand in rows: `2026-12-04T18:00:00Z`.
    public var rfc3339: String {
        let (days, minuteOfDay) = CivilTime.divide(sinceEpoch, by: CivilTime.minutesPerDay)
        let date = CivilDate(daysSinceEpoch: days)
        return "\(date.shown)T\(CivilTime.clock(minuteOfDay)):00Z"
    }

    public static func < (left: Minute, right: Minute) -> Bool { left.sinceEpoch < right.sinceEpoch }
}

/// The present, passed in: planning never reads a clock.
///
/// "Over" asks for the minute that is running, "from now on" for the next whole one; one type gives
/// both, so that no caller can round the wrong way.
public struct Now: Hashable, Sendable {
    /// Milliseconds since 1970 in UTC.
    public let milliseconds: Int64

    /// The present as milliseconds since 1970 in UTC.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The minute that is running: now, rounded down.
    public var minute: Minute { Minute(CivilTime.divide(milliseconds, by: 60_000).quotient) }

    /// Now, rounded up to the minute: the earliest moment that can still be planned.
    public var nextMinute: Minute {
        let (quotient, remainder) = CivilTime.divide(milliseconds, by: 60_000)
        return Minute(remainder == 0 ? quotient : quotient + 1)
    }
}
