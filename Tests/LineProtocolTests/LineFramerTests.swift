import LineProtocol
import NIOCore
import Testing

@Suite("Finding lines in a stream")
struct LineFramerTests {
    /// All frames of these pieces, as text.
    func frames(_ pieces: [[UInt8]]) -> [String] {
        var (framer, found) = (LineFramer(), [String]())
        for piece in pieces {
            var bytes = ByteBuffer(bytes: piece)
            framer.append(&bytes)
            while let frame = framer.next() {
                switch frame {
                case .line(let line): found.append(String(buffer: line))
                case .tooLong(let label): found.append("too long \(label ?? "-")")
                case .flooded: found.append("flooded")
                }
            }
        }
        return found
    }

    func frames(_ text: String) -> [String] { frames([Array(text.utf8)]) }

    @Test(arguments: [
        ("a\n", ["a"]), ("a\r\n", ["a"]), ("a\r\nb\n", ["a", "b"]), ("\n\r\n", ["", ""]), ("a", []), ("a\r", []),
        ("a\rb\n", ["a\rb"]), ("a\r\r\n", ["a\r"]),
        ("", []), ("\0\n", ["\0"]),
    ])
    func linesEndWithLFOrCRLF(_ text: String, _ lines: [String]) { #expect(frames(text) == lines) }

    @Test func everySplitPointGivesTheSameLines() {
        let bytes = Array("@label=1 PING é\r\n\nMSG #a x\r\n\r\ncut".utf8)
        let whole = frames([bytes])
        for first in 0...bytes.count {
            for second in first...bytes.count {
                #expect(
                    frames([Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]) == whole)
            }
        }
        #expect(frames(bytes.map { [$0] }) == whole)
    }

    @Test(arguments: [
        (8_190, "\n", true), (8_191, "\n", true), (8_192, "\n", false), (8_193, "\n", false), (8_190, "\r\n", true),
        (8_191, "\r\n", false), (100_000, "\n", false),
    ])
    func aLineHasAtMost8192BytesWithItsEnding(_ length: Int, _ ending: String, _ fits: Bool) {
        let line = String(repeating: "x", count: length)
        let expected = fits ? [line, "next"] : ["too long -", "next"]
        #expect(frames(line + ending + "next\n") == expected)
        let bytes = Array((line + ending + "next\n").utf8)
        for size in [1, 7, 1_000, 8_192] where length < 20_000 || size > 1 {
            let pieces = stride(from: 0, to: bytes.count, by: size).map {
                Array(bytes[$0..<min($0 + size, bytes.count)])
            }
            #expect(frames(pieces) == expected)
        }
    }

    @Test func theLabelOfALineThatIsTooLongIsKept() {
        #expect(
            frames("@label=q;x=y MSG #a " + String(repeating: "x", count: 20_000) + "\nPING\n") == [
                "too long q", "PING",
            ])
        let pieces = [
            "@label=q MSG ", String(repeating: "x", count: 9_000), String(repeating: "x", count: 9_000), "\n",
        ].map { Array($0.utf8) }
        #expect(frames(pieces) == ["too long q"])
    }

    @Test func aMebibyteWithoutAnEndIsTheEnd() {
        let piece = [UInt8](repeating: 0x78, count: 65_536)
        #expect(frames(Array(repeating: piece, count: 15) + [Array("\nPING\n".utf8)]) == ["too long -", "PING"])
        #expect(frames(Array(repeating: piece, count: 40) + [Array("\nPING\n".utf8)]) == ["flooded"])
    }

    @Test func anOverlongLineIsDroppedAsItComes() {
        var framer = LineFramer()
        for _ in 0..<10 {
            var bytes = ByteBuffer(repeating: 0x78, count: 65_536)
            framer.append(&bytes)
            #expect(framer.next() == nil)
            #expect(framer.heldBytes <= LineLimits.line)
        }
    }

    @Test func nothingIsHeldWhenAllWasTaken() {
        var framer = LineFramer()
        var bytes = ByteBuffer(string: "PING a\nPING b\n")
        framer.append(&bytes)
        _ = (framer.next(), framer.next())
        #expect(framer.heldBytes == 0 && framer.next() == nil)
    }
}
