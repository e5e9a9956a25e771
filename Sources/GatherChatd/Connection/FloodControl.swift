import NIOCore

/// Delays a connection that sends lines faster than it may: a token bucket. It never drops one.
struct FloodControl {
    private let nanosecondsALine: Int64
    private let burst: Int64
    private var tokens: Int64
    private var refilledAt: NIODeadline

    /// - Parameters:
    ///   - rate: Lines a second once the burst is used up; 0 is no limit.
    ///   - burst: Lines at once.
    init(rate: Int, burst: Int, now: NIODeadline) {
        self.nanosecondsALine = rate > 0 ? 1_000_000_000 / Int64(rate) : 0
        self.burst = Int64(max(1, burst))
        self.tokens = self.burst
        self.refilledAt = now
    }

    /// Takes a line if there may be one now.
    /// - Returns: `nil` if it was taken, else when to ask again.
    mutating func take(now: NIODeadline) -> NIODeadline? {
        guard nanosecondsALine > 0 else { return nil }
        refill(now: now)
        guard tokens > 0 else { return refilledAt + .nanoseconds(nanosecondsALine) }
        tokens -= 1
        return nil
    }

    private mutating func refill(now: NIODeadline) {
        let earned = (now - refilledAt).nanoseconds / nanosecondsALine
        guard earned > 0 else { return }
        let isFull = earned >= burst - tokens
        tokens = isFull ? burst : tokens + earned
        refilledAt = isFull ? now : refilledAt + .nanoseconds(earned * nanosecondsALine)
    }
}
