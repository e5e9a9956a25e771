public import NIOCore

/// Times as the protocol writes them: RFC 3339, section 5.6, UTC, with `Z`.
///
/// Years outside 0 to 9999 have no such form: earlier and later times are written as the first and the last
/// that have one. O(1), no allocation but for a string that is asked for.
public enum RFC3339 {
    /// `2026-12-01T17:02:14.667Z`, from milliseconds since 1970.
    public static func write(milliseconds: Int64, into buffer: inout ByteBuffer) {
        let clamped = min(max(milliseconds, earliest), latest)
        let second = clamped.floorQuotient(1_000)
        let civil = CivilTime(second)
        let rest = clamped &- second &* 1_000
        buffer.writeMultipleIntegers(
            civil.yearAndMonth, civil.dayToMinute,
            fourBytes(":", twoDigits(civil.second), "."), threeDigits(rest) << 8 | UInt32(UInt8(ascii: "Z")))
    }

    /// `2026-12-04T18:00:00Z`, from minutes since 1970.
    public static func write(minute: Int64, into buffer: inout ByteBuffer) {
        let civil = CivilTime(min(max(minute, earliest / 60_000), latest / 60_000) &* 60)
        buffer.writeMultipleIntegers(
            civil.yearAndMonth, civil.dayToMinute, fourBytes(":", twoDigits(0), "Z"))
    }

    /// As `write(milliseconds:into:)`.
    public static func string(milliseconds: Int64) -> String {
        var buffer = ByteBuffer()
        write(milliseconds: milliseconds, into: &buffer)
        return String(buffer: buffer)
    }

    /// As `write(minute:into:)`.
    public static func string(minute: Int64) -> String {
        var buffer = ByteBuffer()
        write(minute: minute, into: &buffer)
        return String(buffer: buffer)
    }

    /// 0000-01-01T00:00:00.000Z.
    private static let earliest: Int64 = -62_167_219_200_000
    /// 9999-12-31T23:59:59.999Z.
    private static let latest: Int64 = 253_402_300_799_999
}

/// A second of the years 0 to 9999 on calendar and clock, and its text in whole integers, whose big-endian
/// bytes are the characters.
private struct CivilTime {
    let year: UInt32
    let month: UInt32
    let day: UInt32
    let hour: UInt32
    let minute: UInt32
    let second: UInt32

    /// "civil_from_days" in Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". Days are counted
    /// from 1 March of the year −400, so that nothing is negative and leap days end their years; 3,660 days
    /// less than 500 years before the first second, and all sums stay far below 2⁶³.
    init(_ second: Int64) {
        let dayFrom1970 = second.floorQuotient(86_400)
        let secondOfDay = UInt32(truncatingIfNeeded: second &- dayFrom1970 &* 86_400)
        let days = dayFrom1970 &+ 719_468 &+ 146_097
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra &- dayOfEra / 1_460 &+ dayOfEra / 36_524 &- dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let monthFromMarch = (5 &* dayOfYear &+ 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch &+ 3 : monthFromMarch &- 9
        year = UInt32(truncatingIfNeeded: yearOfEra &+ (era &- 1) &* 400 &+ (month <= 2 ? 1 : 0))
        self.month = UInt32(truncatingIfNeeded: month)
        day = UInt32(truncatingIfNeeded: dayOfYear &- (153 &* monthFromMarch &+ 2) / 5 &+ 1)
        hour = secondOfDay / 3_600
        minute = secondOfDay / 60 % 60
        self.second = secondOfDay % 60
    }

    /// `2026-12-`
    var yearAndMonth: UInt64 {
        UInt64(twoDigits(year / 100)) << 48 | UInt64(twoDigits(year % 100)) << 32
            | UInt64(fourBytes("-", twoDigits(month), "-"))
    }

    /// `01T17:02`
    var dayToMinute: UInt64 {
        UInt64(twoDigits(day)) << 48 | UInt64(UInt8(ascii: "T")) << 40 | UInt64(twoDigits(hour)) << 24
            | UInt64(UInt8(ascii: ":")) << 16 | UInt64(twoDigits(minute))
    }
}

/// The last two decimal digits.
private func twoDigits(_ number: UInt32) -> UInt32 {
    0x3030 | (number / 10 % 10) << 8 | number % 10
}

/// The three digits of 0 to 999.
private func threeDigits(_ number: Int64) -> UInt32 {
    let number = UInt32(truncatingIfNeeded: number)
    return (0x30 | number / 100 % 10) << 16 | twoDigits(number)
}

private func fourBytes(_ first: Unicode.Scalar, _ middle: UInt32, _ last: Unicode.Scalar) -> UInt32 {
    UInt32(UInt8(ascii: first)) << 24 | middle << 8 | UInt32(UInt8(ascii: last))
}

extension Int64 {
    /// Division that rounds down; the divisor is greater than 1, so it cannot overflow.
    fileprivate func floorQuotient(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient &- 1 : quotient
    }
}
