import Glibc

@testable import Commands

/// The clocks of a place, looked at again and again: no zone file is read here and no rule applied, so that what is
/// found does not rest on what it is compared with.
struct ShownClocks {
    typealias Reading = (day: Int64, minute: Int64, offset: Int64)

    let zone: Zone

    /// Minutes that any place is from UTC, at the most.
    private static let reach: Int64 = 26 * 60

    /// What they show that many minutes after 1970 began.
    func shown(at minute: Int64) -> Reading {
        if let reading = systemClock(zone.name, minute * 60) { return reading }
        let local = zone.localTime(at: Minute(minute))
        return (local.date.daysSinceEpoch, local.minuteOfDay, zone.offset(at: Minute(minute)))
    }

    /// The minutes since 1970 at which they show this time of this day, ascending.
    func moments(day: Int64, minute: Int64) -> [Int64] {
        let shown = day * 1_440 + minute
        var offsets: Set<Int64> = []
        // No offset ever held for less than half an hour.
        for moment in stride(from: shown - Self.reach, through: shown + Self.reach, by: 30) {
            offsets.insert(self.shown(at: moment).offset.floorQuotient(60))
        }
        return offsets.map { shown - $0 }.filter { moment in
            let reading = self.shown(at: moment)
            return reading.day == day && reading.minute == minute
        }.sorted()
    }

    /// The first minute since 1970 of this day, or of the next where there is no such day.
    func beginning(of day: Int64) -> Int64 {
        if let midnight = moments(day: day, minute: 0).first { return midnight }
        let around = (day * 1_440 - Self.reach)...(day * 1_440 + Self.reach)
        return around.first { shown(at: $0).day >= day } ?? day * 1_440
    }
}

/// Days and dates by the system's own library.
enum SystemCalendar {
    /// Days since 1970; nil where the calendar has no such date.
    static func day(year: Int64, month: Int64, day: Int64) -> Int64? {
        var date = tm()
        (date.tm_year, date.tm_mon, date.tm_mday) = (Int32(year) - 1_900, Int32(month) - 1, Int32(day))
        let days = Int64(timegm(&date)).floorQuotient(86_400)
        let isSame =
            date.tm_year == Int32(year) - 1_900 && date.tm_mon == Int32(month) - 1 && date.tm_mday == Int32(day)
        return isSame ? days : nil
    }

    static func date(ofDay day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        var (time, date) = (time_t(day * 86_400), tm())
        gmtime_r(&time, &date)
        return (Int64(date.tm_year) + 1_900, Int64(date.tm_mon) + 1, Int64(date.tm_mday))
    }

    /// The same time on the same date ten years on; a leap day becomes 1 March.
    static func tenYears(after minute: Int64) -> Int64 {
        var (time, date) = (time_t(minute * 60), tm())
        gmtime_r(&time, &date)
        date.tm_year += 10
        return Int64(timegm(&date)).floorQuotient(60)
    }
}

extension Int64 {
    /// Division that rounds down; the divisor is positive.
    func floorQuotient(_ divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
