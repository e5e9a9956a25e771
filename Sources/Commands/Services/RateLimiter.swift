public import Persistence
import Synchronization

/// Counts events a key in a sliding time, and says how long to wait once there were too many.
///
/// Memory is bounded: at most `capacity` keys are remembered; beyond that, keys whose time is over are dropped,
/// and if there are none, the key is let through: a flood of strangers must not lock the known ones out. Keys are short:
/// whoever makes one of what a stranger typed checks it first.
public final class RateLimiter: Sendable {
    private let limit: Int
    private let milliseconds: Int64
    private let capacity: Int
    private struct Table {
        var occurrences: [String: [Int64]] = [:]
        /// When keys whose time is over were looked for last, in a full table: that takes as long as there are keys.
        var lastPruned: Int64?
    }

    private let table = Mutex(Table())

    /// - Parameters:
    ///   - limit: How many are let through within the time; 0 is no limit.
    ///   - seconds: The length of the time.
    public init(limit: Int, seconds: Int64, capacity: Int = 100_000) {
        self.limit = limit
        self.milliseconds = seconds &* 1_000
        self.capacity = capacity
    }

    /// Counts one more unless there were too many.
    /// - Returns: `nil` if it was counted, else the seconds (from 1) until the next would be. O(limit).
    public func take(_ key: String, now: Timestamp) -> Int64? {
        table.withLock { table in
            if let seconds = secondsToWait(key, now: now, in: &table) { return seconds }
            count(key, now: now, in: &table)
            return nil
        }
    }

    /// Asks without counting.
    public func check(_ key: String, now: Timestamp) -> Int64? {
        table.withLock { secondsToWait(key, now: now, in: &$0) }
    }

    /// Counts without asking: for failures that are known only afterwards.
    public func count(_ key: String, now: Timestamp) {
        table.withLock { count(key, now: now, in: &$0) }
    }

    private func secondsToWait(_ key: String, now: Timestamp, in table: inout Table) -> Int64? {
        guard limit > 0, var times = table.occurrences[key] else { return nil }
        times.removeAll { !isRecent($0, now: now) }
        table.occurrences[key] = times.isEmpty ? nil : times
        guard times.count >= limit, let oldest = times.first else { return nil }
        return max(1, (oldest &+ milliseconds &- now.milliseconds &+ 999) / 1_000)
    }

    private func count(_ key: String, now: Timestamp, in table: inout Table) {
        guard limit > 0 else { return }
        if table.occurrences.count >= capacity && table.occurrences[key] == nil {
            prune(now: now, &table)
            guard table.occurrences.count < capacity else { return }
        }
        var times = table.occurrences[key] ?? []
        if times.count >= limit { times.removeFirst(times.count - limit + 1) }
        times.append(now.milliseconds)
        table.occurrences[key] = times
    }

    /// At most sixty times within the time that is counted, and once a second.
    private func prune(now: Timestamp, _ table: inout Table) {
        if let last = table.lastPruned, (0..<max(1_000, milliseconds / 60)).contains(now.milliseconds &- last) {
            return
        }
        table.lastPruned = now.milliseconds
        table.occurrences = table.occurrences.filter { $0.value.contains { isRecent($0, now: now) } }
    }

    /// A time in the future is recent no longer than one in the past: the wall clock may have jumped back.
    private func isRecent(_ time: Int64, now: Timestamp) -> Bool {
        let age = now.milliseconds &- time
        return age < milliseconds && age > -milliseconds
    }
}
