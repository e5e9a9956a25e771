import LineProtocol
import NIOCore

/// Lines out of a stream of bytes.
enum LineBenchmarks {
    static var all: [Benchmark] {
        let lines = SampleLines.messages
        let stream = SampleLines.stream(lines)
        let answer = lines.reduce(0) { $0 + digest(length: $1.utf8.count, last: $1.utf8.last) }
        let base = Memory.scan(stream)
        let whole = reads(of: stream, piece: stream.count)
        return [
            Benchmark(
                "a line, of a read with 1,000", operations: lines.count, bytes: stream.count, expected: answer,
                base: base
            ) {
                frame(whole)
            },
            // A segment of TCP over Ethernet carries so many bytes. Here the framer has to join, so each read is made anew.
            Benchmark(
                "a line, of reads of 1,448 bytes, with the making of these", operations: lines.count,
                bytes: stream.count,
                expected: answer, base: base
            ) {
                frame(reads(of: stream, piece: 1_448))
            },
        ]
    }

    private static func digest(length: Int, last: UInt8?) -> Int { length * 256 + Int(last ?? 0) }

    private static func frame(_ reads: [ByteBuffer]) -> Int {
        var (framer, sum) = (LineFramer(), 0)
        for read in reads {
            var read = read
            framer.append(&read)
            while case .line(let line) = framer.next() {
                let last = line.getInteger(at: line.writerIndex - 1, as: UInt8.self)
                sum += digest(length: line.readableBytes, last: last)
            }
        }
        return sum
    }

    private static func reads(of stream: [UInt8], piece: Int) -> [ByteBuffer] {
        stride(from: 0, to: stream.count, by: piece).map { start in
            ByteBuffer(bytes: stream[start..<min(stream.count, start + piece)])
        }
    }
}
