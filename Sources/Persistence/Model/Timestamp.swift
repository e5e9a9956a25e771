import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A moment of the wall clock: milliseconds since 1970, UTC.
public struct Timestamp: Sendable, Hashable, Comparable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Stops at the ends of the range instead of trapping.
    public func advanced(byMilliseconds distance: Int64) -> Timestamp {
        let (sum, overflowed) = milliseconds.addingReportingOverflow(distance)
        return Timestamp(milliseconds: overflowed ? (distance < 0 ? .min : .max) : sum)
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }
}

/// The one clock of the server; tests set theirs.
public protocol WallClock: Sendable {
    func now() -> Timestamp
}

/// The clock of the machine.
public struct SystemClock: WallClock {
    public init() {}

    public func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) &* 1_000 &+ Int64(time.tv_nsec) / 1_000_000)
    }
}

/// A clock that stands still until a test moves it.
public final class ManualClock: WallClock {
    private let time: Mutex<Timestamp>

    public init(_ start: Timestamp) { time = Mutex(start) }

    public func now() -> Timestamp { time.withLock { $0 } }

    public func advance(milliseconds: Int64) {
        time.withLock { $0 = $0.advanced(byMilliseconds: milliseconds) }
    }
}
