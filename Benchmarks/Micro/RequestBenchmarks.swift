import LineProtocol
import NIOCore

/// What a line is made of, and what it asks.
enum RequestBenchmarks {
    static var all: [Benchmark] {
        [
            parsing("MSG, parsed", SampleLines.messages),
            parsing("MSG with label and once, parsed", SampleLines.tagged),
            parsing("a command, parsed", SampleLines.commands),
            reading("MSG, parsed, its room and its text as strings", SampleLines.messages),
            // Of a long line all but the time of a short one is the check of its bytes.
            checking("8,000 ASCII bytes, checked", "x") { Memory.scan($0) },
            checking("8,000 bytes of Cyrillic, checked", "ж", beside: validation),
            checking("8,000 bytes of emoji, checked", "🎉", beside: validation),
        ]
    }

    private static func parsing(_ name: String, _ lines: [String]) -> Benchmark {
        let buffers = lines.map { ByteBuffer(string: $0) }
        let expected = lines.reduce(0) { $0 + digest(Self.expected($1)) }
        return Benchmark(name, operations: lines.count, bytes: bytes(lines), expected: expected, base: base(lines)) {
            buffers.reduce(0) { sum, line in
                guard case .request(let request) = Request.parse(line) else { return -1 }
                return sum + digest((request.label, request.once, request.verb, request.parameters.readableBytes))
            }
        }
    }

    private static func reading(_ name: String, _ lines: [String]) -> Benchmark {
        let buffers = lines.map { ByteBuffer(string: $0) }
        // Both without the verb, the colon and the spaces.
        let expected = lines.reduce(0) { $0 + $1.utf8.count - "MSG  :".utf8.count }
        return Benchmark(name, operations: lines.count, bytes: bytes(lines), expected: expected, base: base(lines)) {
            buffers.reduce(0) { sum, line in
                guard case .request(let request) = Request.parse(line) else { return -1 }
                var reader = ParameterReader(request.parameters)
                guard let room = reader.nextWord(), let text = reader.text() else { return -1 }
                return sum + room.utf8.count + text.utf8.count
            }
        }
    }

    private static func checking(
        _ name: String, _ character: Character, beside base: ([UInt8]) -> Benchmark.Work
    ) -> Benchmark {
        let text = String(repeating: character, count: 8_000 / character.utf8.count)
        let line = ByteBuffer(string: "MSG " + text)
        return Benchmark(name, bytes: text.utf8.count, expected: text.utf8.count, base: base(Array(text.utf8))) {
            guard case .request(let request) = Request.parse(line) else { return -1 }
            return request.parameters.readableBytes
        }
    }

    /// What Swift itself makes of bytes that may be UTF-8; the copy counts.
    private static func validation(_ bytes: [UInt8]) -> Benchmark.Work {
        Benchmark.Work(name: "String(validating:as:) of the same bytes", expected: bytes.count) {
            String(validating: bytes, as: UTF8.self)?.utf8.count ?? -1
        }
    }

    private static func bytes(_ lines: [String]) -> Int { lines.reduce(0) { $0 + $1.utf8.count } }

    private static func base(_ lines: [String]) -> Benchmark.Work {
        Memory.scan(SampleLines.stream(lines))
    }

    private static func digest(_ parts: (label: String?, once: String?, verb: String, parameters: Int)) -> Int {
        (parts.label?.utf8.count ?? 0) + 100 * (parts.once?.utf8.count ?? 0) + 10_000 * parts.verb.utf8.count
            + 1_000_000 * parts.parameters
    }

    /// Read in the plainest way; for lines whose tags are those of `SampleLines`.
    private static func expected(_ line: String) -> (String?, String?, String, Int) {
        var words = line.split(separator: " ", omittingEmptySubsequences: false)
        var tags: [Substring: String] = [:]
        if line.hasPrefix("@") {
            for tag in words.removeFirst().dropFirst().split(separator: ";") {
                let parts = tag.split(separator: "=")
                tags[parts[0]] = String(parts[1])
            }
        }
        let verb = String(words.removeFirst().drop { $0 == "/" })
        return (tags["label"], tags["once"], verb, words.joined(separator: " ").utf8.count)
    }
}
