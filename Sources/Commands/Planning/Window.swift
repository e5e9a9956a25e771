/// A stretch of time, half-open: its start belongs to it, its end does not. Never empty.
public struct Window: Hashable, Comparable, Sendable {
    /// The first minute of it.
    public let start: Minute
    /// The minute at which it is over.
    public let end: Minute

    /// A window from `start` to `end`; nil unless the end is after the start.
    public init?(start: Minute, end: Minute) {
        guard start < end else { return nil }
        self.start = start
        self.end = end
    }

    /// Its length in minutes of elapsed time, at least 1.
    public var minutes: Int64 { end.sinceEpoch - start.sinceEpoch }

    /// Whether nothing of it is left.
    public func isOver(at now: Now) -> Bool { end <= now.minute }

    /// Whether all of `other` lies in this one.
    public func contains(_ other: Window) -> Bool { start <= other.start && other.end <= end }

    /// By start, then by end.
    public static func < (left: Window, right: Window) -> Bool {
        (left.start, left.end) < (right.start, right.end)
    }
}
