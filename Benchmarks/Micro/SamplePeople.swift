import Commands

/// Groups whose time is asked for.
enum SamplePeople {
    /// 2026-12-01T00:00Z, before all windows.
    static let now = Now(milliseconds: 1_796_083_200_000)
    private static let midnight = now.minute

    /// Windows of half an hour to six hours, anywhere in a number of days.
    static func random(_ people: Int, windows: Int, days: Int64) -> [Overlap.Person] {
        var random = FixedRandom()
        return (0..<people).map { person in
            let theirs = (0..<windows).compactMap { _ in
                window(
                    from: Int64.random(in: 0..<(days * 96), using: &random) * 15,
                    minutes: Int64.random(in: 2...24, using: &random) * 15)
            }
            return Overlap.Person(name: "person\(person)", windows: WindowSet(theirs))
        }
    }

    /// Each begins and ends a minute after the one before, so that any two beginnings and ends make a row: the rows are
    /// quadratic in number.
    static func staircase(_ people: Int, windows: Int) -> [Overlap.Person] {
        (0..<people).map { person in
            let theirs = (0..<windows).compactMap { round in
                window(from: Int64(3 * people * round + person), minutes: Int64(people))
            }
            return Overlap.Person(name: "person\(person)", windows: WindowSet(theirs))
        }
    }

    /// Minutes after `now`.
    static func window(from start: Int64, minutes: Int64) -> Window? {
        Window(start: midnight.advanced(by: start), end: midnight.advanced(by: start + minutes))
    }

    /// Sorting the beginnings and ends of all windows: no answer can do without. The copy of the array counts.
    static func sorting(_ windows: [Window]) -> Benchmark.Work {
        let ends = windows.flatMap { [$0.start.sinceEpoch, $0.end.sinceEpoch] }
        let least = Int(ends.min() ?? 0)
        return Benchmark.Work(name: "sorting the \(ends.count) beginnings and ends", expected: least) {
            Int(ends.sorted().first ?? 0)
        }
    }

    static func sorting(_ people: [Overlap.Person]) -> Benchmark.Work {
        sorting(people.flatMap(\.windows.windows))
    }
}
