/// The windows of a group laid out for the search, and the search itself (section 9a of the protocol).
///
/// An interval is maximal just when its start is the latest start and its end the earliest end among the
/// windows of its people. So it is enough to look at each distinct start, with the windows open there in
/// order of their ends: walking these ends upwards gives each row once, with ever fewer people. Within one
/// start the rows come best first, and a bounded heap of the best so far ends the walk at the first that it
/// does not want: nothing else is ever enumerated.
///
/// Times are minutes after the beginning of the question, in 32 bits (planned time ends in 9999).
struct OverlapField {
    struct Conditions {
        var minimum: Length
        var atLeast: Int
        var day: Zone?
        var limit: Int
    }

    struct Outcome {
        /// Best first.
        var candidates: [OverlapCandidate]
        /// Whether something that qualifies was left out.
        var hasMore: Bool
    }

    private let from: Minute
    /// All windows, and those of the people who have to be in a row; ascending.
    private let spans: [OverlapSpan]
    private let requiredSpans: [OverlapSpan]
    private let requiredCount: Int

    /// The field of people given by their windows; `required` are the places of those in `with=` who
    /// are among them, `requiredCount` how many there should be.
    init(people: [WindowSet], required: [Int], requiredCount: Int, from: Minute, until: Minute) {
        self.from = from
        self.requiredCount = requiredCount
        let capacity = people.reduce(0) { $0 + $1.windows.count }
        spans = Self.sorted(people, capacity: capacity, from: from, until: until)
        requiredSpans = Self.sorted(
            required.map { people[$0] }, capacity: 0, from: from, until: until)
    }

    private static func sorted(
        _ people: [WindowSet], capacity: Int, from: Minute, until: Minute
    ) -> [OverlapSpan] {
        guard from < until else { return [] }
        var spans: [OverlapSpan] = []
        spans.reserveCapacity(capacity)
        for person in people {
            for window in person.windows where window.end > from && window.start < until {
                let start = max(window.start, from).sinceEpoch - from.sinceEpoch
                let end = min(window.end, until).sinceEpoch - from.sinceEpoch
                spans.append(OverlapSpan(start: start, end: end))
            }
        }
        spans.sort()
        return spans
    }

    /// The interval that a candidate stands for.
    func window(of candidate: OverlapCandidate) -> Window? {
        let start = from.advanced(by: Int64(candidate.start))
        return Window(start: start, end: start.advanced(by: Int64(candidate.length)))
    }

    /// The best rows under these conditions.
    func rows(_ conditions: Conditions) -> Outcome {
        var best = BestCandidates(limit: conditions.limit)
        var day = conditions.day.map { DayFilter(zone: $0, from: from) }
        var open = OpenEnds()
        var openRequired = OpenEnds()
        var next = 0
        var nextRequired = 0
        while next < spans.count {
            let start = spans[next].start
            open.drop(endingBy: start)
            var latestEnd: UInt32 = 0
            while next < spans.count, spans[next].start == start {
                // Spans of one start ascend by end, so the last one is the latest.
                latestEnd = spans[next].end
                open.insert(latestEnd)
                next += 1
            }
            if requiredCount > 0 {
                openRequired.drop(endingBy: start)
                while nextRequired < requiredSpans.count, requiredSpans[nextRequired].start <= start {
                    openRequired.insert(requiredSpans[nextRequired].end)
                    nextRequired += 1
                }
                guard openRequired.count == requiredCount, let cap = openRequired.first else { continue }
                latestEnd = min(latestEnd, cap)
            }
            let stretch = Stretch(start: start, latestEnd: latestEnd)
            if day == nil {
                walk(stretch, open, conditions) { best.offer($0) }
            } else {
                // The first row of a start is its best; of a day only the best is kept.
                walk(stretch, open, conditions) { row in
                    day?.offer(row, to: &best)
                    return false
                }
            }
        }
        day?.finish(into: &best)
        return Outcome(candidates: best.sorted, hasMore: best.leftOut)
    }

    /// Where the rows of one start can be: the ends up to `latestEnd`, which is the latest end of the
    /// windows that start here (a row needs one of them), or the earliest end in `with=`.
    private struct Stretch {
        var start: UInt32
        var latestEnd: UInt32
    }

    /// Offers the rows of one start, best first, until one is not wanted.
    @inline(__always)
    private func walk(
        _ stretch: Stretch, _ open: OpenEnds, _ conditions: Conditions,
        offer: (OverlapCandidate) -> Bool
    ) {
        // Wraps only past the end of planned time, where the minimum cannot be met: no end is that late.
        let (earliest, overflow) = stretch.start.addingReportingOverflow(
            UInt32(truncatingIfNeeded: conditions.minimum.minutes))
        guard !overflow, earliest <= stretch.latestEnd else { return }
        var index = open.firstIndex(endingFrom: earliest)
        while let end = open.end(at: index) {
            let people = open.endIndex - index
            guard end <= stretch.latestEnd, people >= conditions.atLeast else { return }
            let row = OverlapCandidate(people: people, start: stretch.start, end: end)
            guard offer(row) else { return }
            index = open.firstIndex(endingAfter: end, from: index)
        }
    }
}

/// A window cut to the question, in one word: start above, end below, so that plain order is by start and end.
struct OverlapSpan: Comparable {
    private let bits: UInt64

    init(start: Int64, end: Int64) {
        bits = UInt64(UInt32(truncatingIfNeeded: start)) << 32 | UInt64(UInt32(truncatingIfNeeded: end))
    }

    var start: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }
    var end: UInt32 { UInt32(truncatingIfNeeded: bits) }

    static func < (left: OverlapSpan, right: OverlapSpan) -> Bool { left.bits < right.bits }
}

/// The ends of the windows that are open, ascending, repeats included: the number of people who can stay
/// until an end is the number of entries from there on.
struct OpenEnds {
    private var ends: [UInt32] = []
    /// Entries before this one are over; they are cleared when they are as many as the rest.
    private var head = 0

    var count: Int { ends.count - head }
    var endIndex: Int { ends.count }
    var first: UInt32? { end(at: head) }

    func end(at index: Int) -> UInt32? { index < ends.count ? ends[index] : nil }

    mutating func drop(endingBy time: UInt32) {
        while head < ends.count, ends[head] <= time { head += 1 }
        if head > 64, head > count {
            ends.removeFirst(head)
            head = 0
        }
    }

    mutating func insert(_ end: UInt32) {
        guard let last = ends.last, last > end else {
            ends.append(end)
            return
        }
        ends.insert(end, at: firstIndex(endingFrom: end))
    }

    /// The first entry that ends at `time` or later.
    func firstIndex(endingFrom time: UInt32) -> Int {
        search(from: head, to: ends.count) { $0 >= time }
    }

    /// The first entry after `index` that ends after `time`; looks near first, as most ends differ.
    func firstIndex(endingAfter time: UInt32, from index: Int) -> Int {
        var lower = index + 1
        var step = 1
        while lower < ends.count, ends[lower] <= time {
            let upper = min(lower + step, ends.count)
            if upper == ends.count || ends[upper] > time {
                return search(from: lower + 1, to: upper) { $0 > time }
            }
            lower = upper
            step *= 2
        }
        return min(lower, ends.count)
    }

    @inline(__always)
    private func search(from: Int, to: Int, _ belongs: (UInt32) -> Bool) -> Int {
        var lower = from
        var upper = to
        while lower < upper {
            let middle = lower + (upper - lower) / 2
            if belongs(ends[middle]) {
                upper = middle
            } else {
                lower = middle + 1
            }
        }
        return lower
    }
}
