/// A person's availability in a room: a set of time, not a list of entries.
///
/// However it was entered, it is kept as the fewest windows: sorted, apart from each other, touching
/// ones joined into one. What is over is still in the set until `forget(before:)` drops it, but is
/// neither counted nor listed.
public struct WindowSet: Hashable, Sendable {
    /// All windows, ascending, no two of which touch.
    public private(set) var windows: [Window]

    /// No time at all.
    public init() {
        windows = []
    }

    /// The time that is in any of `windows`, which may come in any order, overlap or repeat.
    public init(_ windows: some Sequence<Window>) {
        self.windows = []
        for window in windows.sorted() {
            if let last = self.windows.last, window.start <= last.end,
                let joined = Window(start: last.start, end: max(last.end, window.end))
            {
                self.windows[self.windows.count - 1] = joined
            } else {
                self.windows.append(window)
            }
        }
    }

    /// Whether there is no window, over or not.
    public var isEmpty: Bool { windows.isEmpty }

    /// The windows that are not over, ascending, as AVAIL lists them (its `n` counts from 1).
    public func listed(at now: Now) -> ArraySlice<Window> {
        windows[firstIndex(endingAfter: now.minute)...]
    }

    /// How many windows are not over.
    public func count(at now: Now) -> Int {
        windows.count - firstIndex(endingAfter: now.minute)
    }

    /// Whether a window is left that is not over.
    public func hasTime(at now: Now) -> Bool { count(at: now) > 0 }

    /// Whether the person is there throughout `window`. Logarithmic.
    public func contains(_ window: Window) -> Bool {
        let index = firstIndex(endingAfter: window.start)
        return index < windows.count && windows[index].contains(window)
    }

    /// Adds the time of `window` and answers with the window it became: longer where it touched others.
    @discardableResult
    public mutating func add(_ window: Window) -> Window {
        let touched = rangeTouched(by: window)
        let start = touched.isEmpty ? window.start : min(window.start, windows[touched.lowerBound].start)
        let end = touched.isEmpty ? window.end : max(window.end, windows[touched.upperBound - 1].end)
        let joined = Window(start: start, end: end) ?? window
        windows.replaceSubrange(touched, with: CollectionOfOne(joined))
        return joined
    }

    /// Takes the time of `window` away, where it is in the set. Cutting the middle out of a window
    /// leaves two.
    public mutating func remove(_ window: Window) {
        let touched = rangeTouched(by: window)
        guard !touched.isEmpty else { return }
        let before = Window(start: windows[touched.lowerBound].start, end: window.start)
        let after = Window(start: window.end, end: windows[touched.upperBound - 1].end)
        // A neighbour that only touches is cut at its own end, that is: it stays as it was.
        windows.replaceSubrange(touched, with: [before, after].compactMap { $0 })
    }

    /// Takes the `n`-th listed window away (from 1) and answers with it; nil and unchanged if there
    /// is no such window.
    @discardableResult
    public mutating func remove(listed n: Int, at now: Now) -> Window? {
        let first = firstIndex(endingAfter: now.minute)
        guard n >= 1, n <= windows.count - first else { return nil }
        return windows.remove(at: first + (n - 1))
    }

    /// Drops the windows that were over at `minute`. AVAIL forgets what has been over for a day.
    public mutating func forget(before minute: Minute) {
        windows.removeSubrange(..<firstIndex(endingAfter: minute))
    }

    /// The place of the window, if any, that `window` became part of; its `n` in AVAIL is this + 1.
    public func listedIndex(of window: Window, at now: Now) -> Int? {
        let index = firstIndex(endingAfter: window.start)
        guard index < windows.count, windows[index].contains(window) else { return nil }
        let place = index - firstIndex(endingAfter: now.minute)
        return place >= 0 ? place : nil
    }

    /// The windows that overlap or touch `window`: those it is joined with by an addition.
    private func rangeTouched(by window: Window) -> Range<Int> {
        let lower = partition { $0.end >= window.start }
        let upper = partition { $0.start > window.end }
        return lower..<max(lower, upper)
    }

    private func firstIndex(endingAfter minute: Minute) -> Int {
        partition { $0.end > minute }
    }

    /// The first index for which `belongs` holds, which it must for all later ones: binary search.
    private func partition(_ belongs: (Window) -> Bool) -> Int {
        var lower = 0
        var upper = windows.count
        while lower < upper {
            let middle = lower + (upper - lower) / 2
            if belongs(windows[middle]) {
                upper = middle
            } else {
                lower = middle + 1
            }
        }
        return lower
    }
}
