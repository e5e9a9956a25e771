#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a benchmark and its base cost, as a row of the table.
struct Measurement {
    static let runs = 7
    /// Nanoseconds that a run takes at the least, so that the clock's grain does not show.
    private static let shortestRun: Int64 = 30_000_000

    static let head = """
        | operation | ns | ns a byte | beside | ns | ratio |
        | --- | --: | --: | --- | --: | --: |
        """

    private let benchmark: Benchmark
    /// Nanoseconds of a call of the body.
    private let cost: Double
    private let base: Double

    /// Runs take turns, so that a disturbance meets both.
    init(of benchmark: Benchmark) {
        self.benchmark = benchmark
        let (calls, baseCalls) = (Self.calls(of: benchmark.work), Self.calls(of: benchmark.base))
        var (costs, bases): ([Double], [Double]) = ([], [])
        for _ in 0..<Self.runs {
            costs.append(Self.time(benchmark.work, calls: calls))
            bases.append(Self.time(benchmark.base, calls: baseCalls))
        }
        cost = costs.sorted()[Self.runs / 2]
        base = bases.sorted()[Self.runs / 2]
    }

    var row: String {
        let operations = Double(benchmark.operations)
        let aByte = benchmark.bytes.map { Self.shown(cost / Double($0)) } ?? ""
        return "| \(benchmark.name) | \(Self.shown(cost / operations)) | \(aByte) "
            + "| \(benchmark.base.name) | \(Self.shown(base / operations)) | \(Self.shown(cost / base)) |"
    }

    /// How many calls make a run; warms up on the way.
    private static func calls(of work: Benchmark.Work) -> Int {
        var calls = 1
        while true {
            let took = time(work, calls: calls) * Double(calls)
            if took >= Double(shortestRun) { return calls }
            calls *= took < Double(shortestRun) / 16 ? 8 : 2
        }
    }

    /// Nanoseconds a call.
    private static func time(_ work: Benchmark.Work, calls: Int) -> Double {
        let begun = threadTime()
        for _ in 0..<calls {
            let answer = work.body()
            require(answer == work.expected, "\(work.name): \(answer) is not \(work.expected)")
        }
        return Double(threadTime() - begun) / Double(calls)
    }

    /// CPU time of this thread, in nanoseconds: what else runs on the machine counts only through its caches.
    private static func threadTime() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Three digits that count; more only before the point.
    private static func shown(_ value: Double) -> String {
        let places = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3
        let factor = [1.0, 10, 100, 1_000][places]
        let scaled = Int((value * factor).rounded())
        let (whole, rest) = scaled.quotientAndRemainder(dividingBy: Int(factor))
        var digits = String(whole)
        var place = digits.count - 3
        while place > 0 {
            digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
            place -= 3
        }
        guard places > 0 else { return digits }
        let decimals = String(rest)
        return digits + "." + String(repeating: "0", count: places - decimals.count) + decimals
    }
}
