import Persistence

/// Builds the text that Prometheus reads (exposition format 0.0.4): each metric with its help and its type before its
/// values.
struct MetricsText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// Something that goes up and down; nothing is written where there is no value.
    mutating func gauge(_ name: String, _ help: String, _ value: Double?) {
        guard let value else { return }
        begin(name, help, "gauge")
        line(name, value)
    }

    mutating func gauge(_ name: String, _ help: String, _ value: Int?) { gauge(name, help, value.map(Double.init)) }

    /// Something that only grows; its name ends in `_total`.
    mutating func counter(_ name: String, _ help: String, _ value: Double) {
        begin(name, help, "counter")
        line(name, value)
    }

    mutating func counter(_ name: String, _ help: String, _ value: Int) { counter(name, help, Double(value)) }

    /// A counter for each value of a label. Values are words of ours: nothing in them has to be escaped.
    mutating func counter(_ name: String, _ help: String, label: String, _ values: [(String, Int)]) {
        begin(name, help, "counter")
        for (value, count) in values { line("\(name){\(label)=\"\(value)\"}", Double(count)) }
    }

    mutating func histogram(_ name: String, _ help: String, _ reading: Histogram.Reading) {
        begin(name, help, "histogram")
        for (bound, count) in zip(reading.bounds, reading.cumulative) {
            line("\(name)_bucket{le=\"\(Self.number(bound))\"}", Double(count))
        }
        line("\(name)_bucket{le=\"+Inf\"}", Double(reading.count))
        line("\(name)_sum", reading.sum)
        line("\(name)_count", Double(reading.count))
    }

    /// A constant 1 that carries a text.
    mutating func information(_ name: String, _ help: String, label: String, _ value: String) {
        begin(name, help, "gauge")
        line("\(name){\(label)=\"\(value)\"}", 1)
    }

    private mutating func begin(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    private mutating func line(_ name: String, _ value: Double) { text += "\(name) \(Self.number(value))\n" }

    private static func number(_ value: Double) -> String {
        if let whole = Int(exactly: value) { return String(whole) }
        return String(value)
    }
}
