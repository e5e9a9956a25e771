/// The offsets of a zone through all time: a table for the past, a yearly rule for what follows.
struct ZoneRules: Sendable {
    /// A stretch of constant offset, `start..<end` in seconds since 1970 (the ends of time are the
    /// bounds below, far from where arithmetic could overflow).
    struct Segment: Hashable, Sendable {
        var start: Int64
        var end: Int64
        /// Seconds ahead of UTC.
        var offset: Int64
    }

    static let beginningOfTime: Int64 = -1 << 60
    static let endOfTime: Int64 = 1 << 60

    static let utc = ZoneRules(initialOffset: 0, transitions: [], offsets: [], rule: nil)

    /// The offset before the first transition.
    let initialOffset: Int64
    /// Seconds since 1970 at which the offset changes, ascending.
    let transitions: [Int64]
    /// The offset from the transition of the same index on.
    let offsets: [Int64]
    /// What holds after the last transition; nil: the last offset, for ever.
    let rule: PosixZoneRule?

    /// Nil unless there is one offset a transition and the transitions ascend.
    init?(
        checkedInitialOffset initialOffset: Int64, transitions: [Int64], offsets: [Int64], rule: PosixZoneRule?
    ) {
        guard transitions.count == offsets.count else { return nil }
        guard zip(transitions, transitions.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
        self.init(
            initialOffset: initialOffset, transitions: transitions, offsets: offsets, rule: rule)
    }

    private init(initialOffset: Int64, transitions: [Int64], offsets: [Int64], rule: PosixZoneRule?) {
        self.initialOffset = initialOffset
        self.transitions = transitions
        self.offsets = offsets
        self.rule = rule
    }

    /// The stretch that `seconds` lies in. Logarithmic in the table, constant after it.
    func segment(at seconds: Int64) -> Segment {
        let index = countOfTransitions(upTo: seconds)
        guard index == transitions.count else {
            let start = index > 0 ? transitions[index - 1] : Self.beginningOfTime
            let offset = index > 0 ? offsets[index - 1] : initialOffset
            return Segment(start: start, end: transitions[index], offset: offset)
        }
        let start = transitions.last ?? Self.beginningOfTime
        let last = Segment(start: start, end: Self.endOfTime, offset: offsets.last ?? initialOffset)
        guard let rule else { return last }
        return rule.segment(at: seconds, after: last)
    }

    private func countOfTransitions(upTo seconds: Int64) -> Int {
        var lower = 0
        var upper = transitions.count
        while lower < upper {
            let middle = lower + (upper - lower) / 2
            if transitions[middle] <= seconds {
                lower = middle + 1
            } else {
                upper = middle
            }
        }
        return lower
    }
}
