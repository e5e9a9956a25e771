/// Why something typed about a plan was not understood. Each case is one code of the protocol, and
/// carries what exactly was wrong; `words` tell a person what to type instead.
public enum PlanningFailure: Error, Hashable, Sendable {
    /// INVALID_TIME: a window, its start, or a bound.
    case invalidTime(TimeFault)
    /// INVALID_DURATION: a length.
    case invalidDuration(DurationFault)
    /// INVALID_BUDGET.
    case invalidBudget(BudgetFault)
    /// INVALID_DISTANCE.
    case invalidDistance(DistanceFault)
    /// INVALID_PARAMS: something follows what is a whole window already.
    case tooManyWords

    /// What can be wrong with a time.
    public enum TimeFault: Hashable, Sendable, CaseIterable {
        case unreadable, noSuchDate, noSuchClockTime, secondsGiven, offsetWithoutT, clockTimeMissing
        case rangeAfterT, skippedByClocks, skippedDay, over, tooFarAhead, boundUnreadable
    }

    /// What can be wrong with a length.
    public enum DurationFault: Hashable, Sendable, CaseIterable {
        case missing, unreadable, outOfRange
    }

    /// What can be wrong with a budget.
    public enum BudgetFault: Hashable, Sendable, CaseIterable {
        case unreadable, noCurrency, unknownCurrency, tooManyDecimals, tooLarge, reversed
    }

    /// What can be wrong with a distance.
    public enum DistanceFault: Hashable, Sendable, CaseIterable {
        case unreadable, noUnit, tooManyDecimals, tooFar
    }

    /// A sentence for people.
    public var words: String {
        switch self {
        case .invalidTime(let fault): fault.words
        case .invalidDuration(let fault): fault.words
        case .invalidBudget(let fault): fault.words
        case .invalidDistance(let fault): fault.words
        case .tooManyWords: "That is more than one window. Write one a line: fri 18:00 3h, or fri 18:00-21:00"
        }
    }
}

extension PlanningFailure.TimeFault {
    var words: String {
        switch self {
        case .unreadable:
            "Write a time like fri 18:00 3h, fri 18:00-21:00, tomorrow, 2026-12-05 18:00 3h or 2026-12-05T18:00Z 3h"
        case .noSuchDate: "The calendar has no such date. Write it year first: 2026-12-05"
        case .noSuchClockTime: "Write clock times as hh:mm from 00:00 to 23:59; 24:00 may be an end"
        case .secondsGiven: "Times are whole minutes: leave the seconds out, or write them as 00"
        case .offsetWithoutT: "An offset from UTC needs a T before the time: 2026-12-05T18:00+01:00 3h"
        case .clockTimeMissing: "At what time? Write fri 18:00 3h, or fri 18:00-21:00; fri alone is all of that day"
        case .rangeAfterT: "After a T time write a length: 2026-12-05T18:00 3h; or a range: 2026-12-05 18:00-21:00"
        case .skippedByClocks: "The clocks are put forward over that time, so it never comes. Take an hour later"
        case .skippedDay: "That day does not exist in your time zone. Take the day after"
        case .over: "That is over. Write a time that is still to come"
        case .tooFarAhead: "That begins more than 10 years from now. Take an earlier date"
        case .boundUnreadable:
            "Write from= and until= as a date or a T time: 2026-12-05, 2026-12-05T18:00, 2026-12-05T18:00Z"
        }
    }
}

extension PlanningFailure.DurationFault {
    var words: String {
        switch self {
        case .missing: "How long? Write fri 18:00 3h, or until when: fri 18:00-21:00"
        case .unreadable: "Write a length as 3h, 90m, 1h30m or 03:00; a range has no spaces in it: 18:00-21:00"
        case .outOfRange: "A length is 1 minute to 14 days (336h)"
        }
    }
}

extension PlanningFailure.BudgetFault {
    var words: String {
        switch self {
        case .unreadable: "Write a budget as 20-40 EUR, or 40 EUR for anything up to it"
        case .noCurrency: "In what currency? Write 20-40 EUR"
        case .unknownCurrency: "Name the currency by its three letters of ISO 4217: EUR, USD, GBP, JPY, CHF"
        case .tooManyDecimals: "Write at most two decimals, after a point: 19.50 EUR"
        case .tooLarge: "Amounts are below 1000000000"
        case .reversed: "Write the lower amount first: 20-40 EUR"
        }
    }
}

extension PlanningFailure.DistanceFault {
    var words: String {
        switch self {
        case .unreadable: "Write a distance as 10km, 800m or 2.5mi"
        case .noUnit: "In what unit? Write 10km, 800m or 2.5mi"
        case .tooManyDecimals: "Write at most three decimals, after a point: 2.5km"
        case .tooFar: "Distances go up to 20000km"
        }
    }
}
