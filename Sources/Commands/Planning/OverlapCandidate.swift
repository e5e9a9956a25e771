/// A row before anybody is named: its place and its rank in 12 bytes.
struct OverlapCandidate: Comparable {
    /// People above, length below: the greater, the better.
    private let merit: UInt64
    /// Minutes after the beginning of the question.
    let start: UInt32

    init(people: Int, start: UInt32, end: UInt32) {
        merit = UInt64(UInt32(truncatingIfNeeded: people)) << 32 | UInt64(end &- start)
        self.start = start
    }

    /// Minutes.
    var length: UInt32 { UInt32(truncatingIfNeeded: merit) }

    /// Smaller is better: people falling, length falling, start rising. A total order, as no two rows have
    /// the same interval.
    static func < (left: OverlapCandidate, right: OverlapCandidate) -> Bool {
        left.merit != right.merit ? left.merit > right.merit : left.start < right.start
    }
}

/// The best candidates so far, at most `limit`: a heap with the worst of them on top.
struct BestCandidates {
    private let limit: Int
    private var heap: [OverlapCandidate] = []
    /// Whether a candidate was refused, or given up for a better one.
    private(set) var leftOut = false

    init(limit: Int) {
        self.limit = max(1, limit)
        heap.reserveCapacity(self.limit)
    }

    /// Keeps `candidate` if it is among the best so far; false if not.
    mutating func offer(_ candidate: OverlapCandidate) -> Bool {
        guard heap.count >= limit, let worst = heap.first else {
            heap.append(candidate)
            rise()
            return true
        }
        leftOut = true
        guard candidate < worst else { return false }
        heap[0] = candidate
        sink()
        return true
    }

    /// Best first.
    var sorted: [OverlapCandidate] { heap.sorted() }

    /// Moves the last entry up to its place.
    private mutating func rise() {
        var place = heap.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[parent] < heap[place] else { return }
            heap.swapAt(parent, place)
            place = parent
        }
    }

    /// Moves the first entry down to its place.
    private mutating func sink() {
        var place = 0
        while true {
            var worst = place
            for child in [2 * place + 1, 2 * place + 2] where child < heap.count && heap[worst] < heap[child] {
                worst = child
            }
            guard worst != place else { return }
            heap.swapAt(worst, place)
            place = worst
        }
    }
}

/// Keeps the best row of each local day of a zone. Rows are offered by rising start, so one day is finished
/// when the next begins.
struct DayFilter {
    private let zone: Zone
    private let from: Minute
    private var dayEnd: Minute = .first
    private var best: OverlapCandidate?

    init(zone: Zone, from: Minute) {
        self.zone = zone
        self.from = from
    }

    mutating func offer(_ candidate: OverlapCandidate, to kept: inout BestCandidates) {
        let start = from.advanced(by: Int64(candidate.start))
        if start >= dayEnd {
            finish(into: &kept)
            dayEnd = zone.startOfDay(zone.date(at: start).advanced(by: 1))
        }
        best = best.map { min($0, candidate) } ?? candidate
    }

    mutating func finish(into kept: inout BestCandidates) {
        if let best { _ = kept.offer(best) }
        best = nil
    }
}
