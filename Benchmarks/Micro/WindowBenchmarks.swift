import Commands

/// AVAIL: a window added to those of a member, and what WHEN finds them joined into.
enum WindowBenchmarks {
    static var all: [Benchmark] {
        var random = FixedRandom()
        let apart = (0..<200).compactMap { SamplePeople.window(from: Int64($0) * 300, minutes: 240) }.shuffled(
            using: &random)
        let touching = (0..<200).compactMap { SamplePeople.window(from: Int64($0) * 240, minutes: 240) }
            .shuffled(using: &random)
        return [
            adding("a window, added to up to 200 apart", apart, left: 200),
            adding("a window, added to up to 200 that it joins", touching, left: 1),
            one("a window, added in the middle of 200 (copied first)", apart, from: 30_242, left: 201),
            one("a window, joined with two of 200 (copied first)", apart, from: 30_200, left: 199),
        ]
    }

    /// All of them, one by one in random order.
    private static func adding(_ name: String, _ windows: [Window], left: Int) -> Benchmark {
        var expected = WindowSet()
        for window in windows { expected.add(window) }
        require(expected == WindowSet(windows) && expected.windows.count == left, "\(name): the set is wrong")
        return Benchmark(
            name, operations: windows.count, expected: digest(expected), base: SamplePeople.sorting(windows)
        ) {
            var set = WindowSet()
            for window in windows { set.add(window) }
            return digest(set)
        }
    }

    private static func one(_ name: String, _ windows: [Window], from start: Int64, left: Int) -> Benchmark {
        let full = WindowSet(windows)
        guard let window = SamplePeople.window(from: start, minutes: left > windows.count ? 20 : 150) else {
            fatalError("\(name): no such window")
        }
        var expected = full
        expected.add(window)
        require(expected.windows.count == left, "\(name): \(expected.windows.count) windows")
        return Benchmark(name, expected: digest(expected), base: SamplePeople.sorting(windows)) {
            var set = full
            set.add(window)
            return digest(set)
        }
    }

    private static func digest(_ set: WindowSet) -> Int {
        let middle = set.windows[set.windows.count / 2]
        return set.windows.count &+ Int(middle.start.sinceEpoch &* 31 &+ middle.end.sinceEpoch)
    }
}
