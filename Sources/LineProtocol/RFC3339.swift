public import NIOCore

/// Times as the protocol writes them: RFC 3339, UTC, with `Z`.
public enum RFC3339 {
    /// `2026-12-01T17:02:14.667Z`, from milliseconds since 1970. Years outside 0 to 9999 are written as those.
    public static func write(milliseconds: Int64, into buffer: inout ByteBuffer) {
        let clamped = min(max(milliseconds, earliest), latest)
        let seconds = clamped.floorQuotient(1_000)
        let rest = clamped - seconds * 1_000
        writeSeconds(seconds, into: &buffer)
        buffer.writeInteger(UInt8(ascii: "."))
        buffer.writeDigits(rest, count: 3)
        buffer.writeInteger(UInt8(ascii: "Z"))
    }

    public static func string(milliseconds: Int64) -> String {
        var buffer = ByteBuffer()
        write(milliseconds: milliseconds, into: &buffer)
        return String(buffer: buffer)
    }

    /// `2026-12-04T18:00:00Z`, from minutes since 1970.
    public static func string(minute: Int64) -> String {
        var buffer = ByteBuffer()
        let clamped = min(max(minute, earliest / 60_000), latest / 60_000)
        writeSeconds(clamped * 60, into: &buffer)
        buffer.writeInteger(UInt8(ascii: "Z"))
        return String(buffer: buffer)
    }

    /// 0000-01-01T00:00:00.000Z.
    private static let earliest: Int64 = -62_167_219_200_000
    /// 9999-12-31T23:59:59.999Z.
    private static let latest: Int64 = 253_402_300_799_999

    private static func writeSeconds(_ seconds: Int64, into buffer: inout ByteBuffer) {
        let day = seconds.floorQuotient(86_400)
        let second = seconds - day * 86_400
        let date = civil(day)
        buffer.writeDigits(date.year, count: 4)
        buffer.writeInteger(UInt8(ascii: "-"))
        buffer.writeDigits(date.month, count: 2)
        buffer.writeInteger(UInt8(ascii: "-"))
        buffer.writeDigits(date.day, count: 2)
        buffer.writeInteger(UInt8(ascii: "T"))
        buffer.writeDigits(second / 3_600, count: 2)
        buffer.writeInteger(UInt8(ascii: ":"))
        buffer.writeDigits(second / 60 % 60, count: 2)
        buffer.writeInteger(UInt8(ascii: ":"))
        buffer.writeDigits(second % 60, count: 2)
    }

    /// Days since 1970 as a date: "civil_from_days" in Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted.floorQuotient(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    /// Division that rounds down; the divisor is positive.
    fileprivate func floorQuotient(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

extension ByteBuffer {
    /// The last `count` decimal digits of a number that is not negative.
    fileprivate mutating func writeDigits(_ number: Int64, count: Int) {
        var divisor: Int64 = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            writeInteger(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / divisor % 10))
            divisor /= 10
        }
    }
}
