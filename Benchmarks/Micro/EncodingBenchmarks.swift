import LineProtocol
import NIOCore

/// Message lines into the buffer that all listeners share, 64 at a time as after a commit.
enum EncodingBenchmarks {
    private static let texts = SampleLines.texts(64, in: 20...180)
    /// 2026-12-01T17:02:14.667Z
    private static let time: Int64 = 1_796_144_534_667
    private static let stamp = "2026-12-01T17:02:14.667Z"

    static var all: [Benchmark] {
        [
            benchmark("MSG event", line: { _, text in ":ada MSG #picnic :\(text)" }) { _, text, buffer in
                LineEncoder.writeMessage(author: "ada", room: "picnic", text: text, into: &buffer)
            },
            benchmark(
                "MSG event with tags", line: { id, text in "@time=\(stamp);msgid=\(id) :ada MSG #picnic :\(text)" }
            ) { id, text, buffer in
                LineEncoder.writeTaggedMessage(
                    author: "ada", room: "picnic", text: text, time: time, id: id, into: &buffer)
            },
            benchmark("OK MSG with a label", line: { id, _ in "@label=7 OK MSG #picnic \(id) \(stamp)" }) {
                id, _, buffer in
                LineEncoder.writeMessageOK(label: "7", room: "picnic", id: id, time: time, into: &buffer)
            },
            benchmark(
                "HISTORY row", line: { id, text in "HISTORY #picnic \(id) \(stamp) ada :\(text)" }
            ) { id, text, buffer in
                LineEncoder.writeHistory(
                    label: nil, room: "picnic", id: id, time: time, author: "ada", text: text, into: &buffer)
            },
        ]
    }

    /// - Parameters:
    ///   - line: The line by plain means, without its ending.
    ///   - write: What is measured.
    private static func benchmark(
        _ name: String, line: (Int64, String) -> String, write: @escaping (Int64, String, inout ByteBuffer) -> Void
    ) -> Benchmark {
        let lines = texts.enumerated().map { Array((line(firstID + Int64($0), $1) + "\r\n").utf8) }
        let size = lines.reduce(0) { $0 + $1.count }
        let encode = {
            // A new one for each commit, as listeners still have the one before.
            var buffer = ByteBuffer()
            buffer.reserveCapacity(size)
            for (index, text) in texts.enumerated() { write(firstID + Int64(index), text, &buffer) }
            return buffer
        }
        require(
            Array(encode().readableBytesView) == lines.flatMap { $0 }, "\(name): not the lines that were expected")
        return Benchmark(name, operations: texts.count, bytes: size, expected: size, base: Memory.copy(lines)) {
            encode().readableBytes
        }
    }

    private static let firstID: Int64 = 123_456
}
