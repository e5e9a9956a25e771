import Commands
import Foundation
import LineProtocol
import Logging
import Persistence

/// One event a line on standard error, as text or as a JSON object.
struct LineLogHandler: LogHandler {
    let format: Settings.LogFormat
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    init(format: Settings.LogFormat) { self.format = format }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        StandardError.print(
            line(
                event.level, "\(event.message)", metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }),
                at: SystemClock().now()))
    }

    /// `2026-12-01T17:02:14.667Z notice certificate reloaded days=89 path=…`; in JSON the keys are `time`, `level`,
    /// `message` and those of `LogKey`.
    func line(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata, at now: Timestamp) -> String {
        let time = RFC3339.string(milliseconds: now.milliseconds)
        let values = metadata.map { (key: $0.key, value: "\($0.value)") }.sorted { $0.key < $1.key }
        switch format {
        case .text:
            let words = values.map { " \($0.key)=\(Self.quotedIfNeeded($0.value))" }.joined()
            return "\(time) \(level) \(Self.oneLine(message))\(words)"
        case .json:
            var object = ["time": time, "level": level.rawValue, "message": message]
            for (key, value) in values { object[key] = value }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return (try? encoder.encode(object)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        }
    }

    private static func quotedIfNeeded(_ value: String) -> String {
        let isWord = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\"") }
        return isWord ? value : "\"\(oneLine(value).replacing("\"", with: "'"))\""
    }

    /// What a library says in several lines stays one event.
    private static func oneLine(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 }))
    }
}
