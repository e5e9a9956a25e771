import Synchronization

/// Counts of observations by size, as Prometheus keeps them: how many were at most each bound, how many in all, and
/// their sum. May be used from any thread; an observation takes a lock for some nanoseconds.
public final class Histogram: Sendable {
    /// What was observed so far.
    public struct Reading: Sendable, Equatable {
        /// The upper bounds, ascending; what is larger than the last is in `count` only.
        public let bounds: [Double]
        /// Observations at most as large as each bound.
        public let cumulative: [Int]
        public let count: Int
        public let sum: Double
    }

    private struct State {
        var counts: [Int]
        var count = 0
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    /// - Parameter bounds: Ascending.
    public init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: [Int](repeating: 0, count: bounds.count)))
    }

    /// O(bounds).
    public func observe(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 }
        state.withLock { state in
            if let index { state.counts[index] &+= 1 }
            state.count &+= 1
            state.sum += value
        }
    }

    public var reading: Reading {
        let state = state.withLock { $0 }
        var sum = 0
        return Reading(
            bounds: bounds,
            cumulative: state.counts.map { count in
                sum += count
                return sum
            }, count: state.count, sum: state.sum)
    }
}
