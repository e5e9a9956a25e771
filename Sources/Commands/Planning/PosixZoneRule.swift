/// The rule for all years to come at the end of a zone file: `CET-1CEST,M3.5.0,M10.5.0/3`
/// (POSIX TZ, with the hours of RFC 8536 section 3.3.1).
struct PosixZoneRule: Hashable, Sendable {
    /// A day of each year and a time on it, in seconds from local midnight (may be negative or over a day).
    struct YearlyMoment: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// The n-th (5: last) weekday (0: Sunday) of a month.
            case weekday(month: Int64, week: Int64, day: Int64)
            /// The n-th day, from 1, never counting 29 February.
            case withoutLeapDay(Int64)
            /// Days since 1 January, counting 29 February.
            case sinceNewYear(Int64)
        }

        var day: Day
        var secondOfDay: Int64

        /// The moment in `year` as a local clock shows it, in seconds since 1970-01-01T00:00 there.
        func localSeconds(year: Int64) -> Int64 {
            days(year: year) * CivilTime.secondsPerDay + secondOfDay
        }

        private func days(year: Int64) -> Int64 {
            switch day {
            case .weekday(let month, let week, let day):
                let first = CivilDate.days(year: year, month: month, day: 1)
                // 1970-01-01 was a Thursday, day 4 where Sunday is 0.
                let (_, ahead) = CivilTime.divide(day - (first + 4), by: 7)
                let found = first + ahead + (week - 1) * 7
                let end = first + CivilDate.length(ofMonth: month, year: year)
                return found < end ? found : found - 7
            case .withoutLeapDay(let n):
                let leapDay: Int64 = CivilDate.isLeap(year: year) && n >= 60 ? 1 : 0
                return CivilDate.days(year: year, month: 1, day: n) + leapDay
            case .sinceNewYear(let n):
                return CivilDate.days(year: year, month: 1, day: 1) + n
            }
        }
    }

    /// Summer time: its offset (seconds ahead of UTC) and when it begins and ends.
    struct Saving: Hashable, Sendable {
        var offset: Int64
        var begin: YearlyMoment
        var end: YearlyMoment
    }

    var standardOffset: Int64
    var saving: Saving?

    /// The stretch that `seconds` lies in, given the last one of the table, which it begins after.
    func segment(at seconds: Int64, after last: ZoneRules.Segment) -> ZoneRules.Segment {
        guard let saving else {
            return ZoneRules.Segment(start: last.start, end: last.end, offset: last.offset)
        }
        let (days, _) = CivilTime.divide(seconds, by: CivilTime.secondsPerDay)
        let year = CivilDate(daysSinceEpoch: days).components.year
        // Two years on each side: a moment may fall outside its own year by its time or the offset.
        var changes: [(at: Int64, offset: Int64)] = []
        for year in (year - 2)...(year + 2) {
            changes.append((saving.begin.localSeconds(year: year) - standardOffset, saving.offset))
            changes.append((saving.end.localSeconds(year: year) - saving.offset, standardOffset))
        }
        // Where an end and a begin fall together (summer time all year round) the begin is last.
        changes.sort { ($0.at, $0.offset == saving.offset ? 1 : 0) < ($1.at, $1.offset == saving.offset ? 1 : 0) }
        var found = last
        for change in changes where change.at > last.start {
            if change.at <= seconds {
                found = ZoneRules.Segment(start: change.at, end: last.end, offset: change.offset)
            } else {
                found.end = change.at
                break
            }
        }
        return found
    }
}

extension PosixZoneRule {
    /// The rule that `text` writes, or nil if it is not one.
    init?(parsing text: ArraySlice<UInt8>) {
        var reader = WordScanner(bytes: text)
        guard Self.skipName(&reader), let west = Self.signedTime(&reader, mostHours: 24) else { return nil }
        // POSIX counts west of Greenwich, we count east.
        standardOffset = -west
        saving = nil
        guard !reader.isAtEnd else { return }
        guard Self.skipName(&reader) else { return nil }
        var offset = standardOffset + 3_600
        if reader.peek() != UInt8(ascii: ",") {
            guard let savingWest = Self.signedTime(&reader, mostHours: 24) else { return nil }
            offset = -savingWest
        }
        guard reader.take(","), let begin = Self.moment(&reader) else { return nil }
        guard reader.take(","), let end = Self.moment(&reader), reader.isAtEnd else { return nil }
        saving = Saving(offset: offset, begin: begin, end: end)
    }

    /// `CEST`, or in angle brackets with digits and signs: `<-03>`.
    private static func skipName(_ reader: inout WordScanner) -> Bool {
        if reader.take("<") {
            while let byte = reader.peek(), byte != UInt8(ascii: ">") { reader.skip() }
            return reader.take(">")
        }
        var length = 0
        while let byte = reader.peek(), WordScanner.isLetter(byte) {
            reader.skip()
            length += 1
        }
        return length >= 3
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    private static func signedTime(_ reader: inout WordScanner, mostHours: Int64) -> Int64? {
        let negative = reader.take("-")
        if !negative { _ = reader.take("+") }
        guard let hours = reader.number(digits: 1...3), hours <= mostHours else { return nil }
        var seconds = hours * 3_600
        if reader.take(":") {
            guard let minutes = reader.number(digits: 2...2), minutes < 60 else { return nil }
            seconds += minutes * 60
            if reader.take(":") {
                guard let rest = reader.number(digits: 2...2), rest < 60 else { return nil }
                seconds += rest
            }
        }
        return negative ? -seconds : seconds
    }

    private static func moment(_ reader: inout WordScanner) -> YearlyMoment? {
        let day: YearlyMoment.Day
        if reader.take("M") {
            guard let month = reader.number(digits: 1...2), (1...12).contains(month), reader.take("."),
                let week = reader.number(digits: 1...1), (1...5).contains(week), reader.take("."),
                let weekday = reader.number(digits: 1...1), weekday <= 6
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else if reader.take("J") {
            guard let n = reader.number(digits: 1...3), (1...365).contains(n) else { return nil }
            day = .withoutLeapDay(n)
        } else {
            guard let n = reader.number(digits: 1...3), n <= 365 else { return nil }
            day = .sinceNewYear(n)
        }
        guard reader.take("/") else { return YearlyMoment(day: day, secondOfDay: 2 * 3_600) }
        guard let second = signedTime(&reader, mostHours: 167) else { return nil }
        return YearlyMoment(day: day, secondOfDay: second)
    }
}
