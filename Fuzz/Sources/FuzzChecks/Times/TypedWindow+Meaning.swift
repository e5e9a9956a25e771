@testable import Commands

/// What a typed window means, by PROTOCOL.md, section 9, worked out without the parser.
struct WindowMeaning {
    enum Verdict: Equatable {
        /// Minutes since 1970.
        case window(Int64, Int64)
        /// For this reason, or for any where several things are wrong with it.
        case refused(PlanningFailure?)
    }

    let clocks: ShownClocks
    /// The minute that is running.
    let now: Int64

    func verdict(_ typed: TypedWindow) -> Verdict {
        let faults = Self.faults(typed.form)
        if let fault = faults.first {
            // Where the clocks change, the time may be wrong as well.
            return .refused(faults.count == 1 && clocks.zone == .utc ? fault : nil)
        }
        switch typed.form {
        case .joined(let date, let clock, let offset, let length):
            guard let minutes = offset.minutes else { return judged(evaluated(date.found, .start(clock, length))) }
            let start = (date.found ?? 0) * 1_440 + clock.minuteOfDay - minutes
            return judged(.window(start, start + length.minutes))
        case .colons(let date, let clock, let length): return judged(evaluated(date.found, .start(clock, length)))
        case .onDay(.date(let date), let part): return judged(evaluated(date.found, part))
        case .onDay(.ahead(let days, _), let part):
            return judged(evaluated(clocks.shown(at: now).day + days, part))
        case .onDay(.weekday(let weekday, _), let part): return next(weekday, part)
        }
    }

    /// Of a weekday the next one whose window is not over.
    private func next(_ weekday: Int64, _ part: TypedWindow.Part) -> Verdict {
        let here = clocks.shown(at: now)
        let ahead = (weekday - (here.day + 3) % 7 + 7) % 7
        switch evaluated(here.day + ahead, part) {
        case .window(let start, let end):
            if end > now { return .window(start, end) }
        case .refused(let fault):
            // What the clocks skipped earlier today is over like anything earlier today.
            let isPast = ahead == 0 && fault == .invalidTime(.skippedByClocks) && part.beginning < here.minute
            guard isPast else { return .refused(fault) }
        }
        return judged(evaluated(here.day + ahead + 7, part))
    }

    private func judged(_ verdict: Verdict) -> Verdict {
        guard case .window(let start, let end) = verdict else { return verdict }
        // There is nothing before 1970, nor after 9999.
        if min(max(end, 0), Minute.last.sinceEpoch) <= now { return .refused(.invalidTime(.over)) }
        return start > SystemCalendar.tenYears(after: now) ? .refused(.invalidTime(.tooFarAhead)) : verdict
    }

    private func evaluated(_ day: Int64?, _ part: TypedWindow.Part) -> Verdict {
        guard let day else { return .refused(.invalidTime(.noSuchDate)) }
        // Times begin with 1970: what lies before has no length, and may be refused for that.
        guard day >= 0 else { return .refused(nil) }
        switch part {
        case .wholeDay:
            let (start, end) = (clocks.beginning(of: day), clocks.beginning(of: day + 1))
            return start < end ? .window(start, end) : .refused(.invalidTime(.skippedDay))
        case .start(let clock, let length):
            guard let start = clocks.moments(day: day, minute: clock.minuteOfDay).first else {
                return .refused(.invalidTime(.skippedByClocks))
            }
            return .window(start, start + length.minutes)
        case .range(let first, let last):
            let endDay = last.minuteOfDay > first.minuteOfDay ? day : day + 1
            let end =
                last.minuteOfDay == 1_440
                ? clocks.beginning(of: day + 1) : clocks.moments(day: endDay, minute: last.minuteOfDay).first
            guard let start = clocks.moments(day: day, minute: first.minuteOfDay).first, let end, start < end else {
                return .refused(.invalidTime(.skippedByClocks))
            }
            return .window(start, end)
        }
    }

    /// What is wrong with the parts themselves.
    private static func faults(_ form: TypedWindow.Form) -> [PlanningFailure] {
        switch form {
        case .joined(let date, let clock, _, let length), .colons(let date, let clock, let length):
            return fault(date) + fault(start: clock) + fault(length)
        case .onDay(let day, let part):
            var faults: [PlanningFailure] = []
            if case .date(let date) = day { faults += fault(date) }
            switch part {
            case .wholeDay: break
            case .range(let start, let end):
                faults += fault(start: start) + (end.isEnd ? [] : [.invalidTime(.noSuchClockTime)])
            case .start(let clock, let length): faults += fault(start: clock) + fault(length)
            }
            return faults
        }
    }

    private static func fault(_ date: TypedWindow.Date) -> [PlanningFailure] {
        date.found == nil ? [.invalidTime(.noSuchDate)] : []
    }

    private static func fault(start clock: TypedWindow.Clock) -> [PlanningFailure] {
        clock.isStart ? [] : [.invalidTime(.noSuchClockTime)]
    }

    private static func fault(_ length: TypedLength) -> [PlanningFailure] {
        guard !length.isGood else { return [] }
        return [.invalidDuration(length.isWritten ? .outOfRange : .unreadable)]
    }
}

extension TypedWindow.Part {
    /// The minute of the day at which it begins.
    var beginning: Int64 {
        switch self {
        case .wholeDay: 0
        case .range(let clock, _), .start(let clock, _): clock.minuteOfDay
        }
    }
}
