/// Micro-benchmarks of what every line and every question goes through, beside what they stand on.
///
///     swift run -c release MicroBenchmarks [TITLE …]
let groups: [(title: String, benchmarks: () -> [Benchmark])] = [
    ("Line ends", { LineBenchmarks.all }), ("Requests", { RequestBenchmarks.all }),
    ("Message lines", { EncodingBenchmarks.all }), ("WHEN", { WhenBenchmarks.all }),
    ("AVAIL", { WindowBenchmarks.all }), ("STATS", { StatisticsBenchmarks.all }),
]

let wanted = Set(CommandLine.arguments.dropFirst())
print("CPU time, medians of \(Measurement.runs) runs; inputs are the same each time.\n")
print(Measurement.head)
for group in groups where wanted.isEmpty || wanted.contains(group.title) {
    print("| **\(group.title)** | | | | | |")
    for benchmark in group.benchmarks() { print(Measurement(of: benchmark).row) }
}
