import LineProtocol
import NIOCore
import Testing

@Suite struct LineFramerTests {
    /// What comes out of a stream that is read in these pieces.
    static func frames(_ pieces: [[UInt8]]) -> [LineFramer.Frame] {
        var framer = LineFramer()
        var frames: [LineFramer.Frame] = []
        for piece in pieces {
            var bytes = ByteBuffer(bytes: piece)
            framer.append(&bytes)
            while let frame = framer.next() { frames.append(frame) }
        }
        return frames
    }

    static func frames(_ text: String) -> [LineFramer.Frame] { frames([Array(text.utf8)]) }

    static func x(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test(arguments: [
        ("", []), ("PING a", []), ("PING a\n", ["PING a"]), ("PING a\r\n", ["PING a"]), ("\n", [""]),
        ("\r\n", [""]),
        ("a\nb\r\n\nc\n", ["a", "b", "", "c"]), ("a\n\rb\n", ["a", "\rb"]), ("a\rb\n", ["a\rb"]),
        ("a\r\r\n", ["a\r"]), ("a\nb", ["a"]), ("é\n", ["é"]),
    ])
    func lines_endWithLFOrCRLF(stream: String, lines: [String]) {
        #expect(Self.frames(stream) == lines.map { .line(line($0)) })
    }

    @Test(
        arguments: [
            (x(8_190) + "\n", .line(line(x(8_190)))), (x(8_191) + "\n", .line(line(x(8_191)))),
            (x(8_192) + "\n", .tooLong(label: nil)), (x(8_193) + "\n", .tooLong(label: nil)),
            (x(8_190) + "\r\n", .line(line(x(8_190)))), (x(8_191) + "\r\n", .tooLong(label: nil)),
            (x(1_048_576) + "\n", .tooLong(label: nil)), (x(1_048_577) + "\n", .flooded),
        ] as [(String, LineFramer.Frame)])
    func aLine_hasAtMost8192BytesWithItsEnding(stream: String, frame: LineFramer.Frame) {
        #expect(Self.frames(stream) == [frame])
    }

    @Test func whatFollowsALineThatWasTooLong_isReadAsUsual() {
        #expect(
            Self.frames(Self.x(20_000) + "\nPING a\n") == [.tooLong(label: nil), .line(line("PING a"))])
    }

    @Test func anOverlongLine_isReportedAtItsEnd() {
        #expect(Self.frames(Self.x(20_000)) == [])
    }

    @Test func morethanAMebibyteWithoutALineEnd_endsTheStream() {
        #expect(Self.frames(Self.x(1_048_576)) == [])
        #expect(Self.frames(Self.x(1_048_577)) == [.flooded])
        #expect(Self.frames(Self.x(1_048_577) + "\nPING a\n") == [.flooded])
    }

    @Test(
        arguments: [
            ("@label=7 ", "7"), ("@once=a;label=7 ", "7"), (" @label=7 ", "7"), ("@label=7\t", "7"),
            ("label=7 ", nil),
            ("@label= ", nil), ("@label=7;pad=" + x(9_000) + " ", nil),
            ("@pad=" + x(8_180) + ";label=12 ", nil),
        ] as [(String, String?)])
    func aLineThatIsTooLong_keepsTheLabelThatCouldBeRead(head: String, label: String?) {
        #expect(Self.frames(head + Self.x(9_000) + "\n") == [.tooLong(label: label)])
    }

    @Test(arguments: [
        "a\nPING b\r\n\r\n\nlast\r\n", "@label=1 é\u{1F44B}\r\n\r\r\nx\n", "\n\n\r\n\r\n", "a\rb\r\nc",
    ])
    func everyCutIntoTwoAndEveryByteAlone_makesNoDifference(stream: String) {
        let bytes = Array(stream.utf8)
        let whole = Self.frames([bytes])
        for cut in 0...bytes.count {
            #expect(Self.frames([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole)
        }
        #expect(Self.frames(bytes.map { [$0] }) == whole)
    }

    @Test(arguments: [1, 7, 4_096, 8_191, 8_192, 8_193, 16_384])
    func piecesOfAnySize_makeNoDifferenceToLongLines(size: Int) {
        let stream =
            "@label=a " + Self.x(8_182) + "\n" + "@label=b " + Self.x(8_183) + "\n" + Self.x(30_000)
            + "\r\nend\n"
        let bytes = Array(stream.utf8)
        let pieces = stride(from: 0, to: bytes.count, by: size).map {
            Array(bytes[$0..<min($0 + size, bytes.count)])
        }
        #expect(
            Self.frames(pieces) == [
                .line(line("@label=a " + Self.x(8_182))), .tooLong(label: "b"), .tooLong(label: nil),
                .line(line("end")),
            ])
    }

    @Test(arguments: [1_000, 1_048_576, 1_048_577])
    func piecesOfAFlood_endTheStreamAtTheSameByte(size: Int) {
        var framer = LineFramer()
        var sent = 0
        while sent < 1_048_577 {
            let count = min(size, 1_048_577 - sent)
            var bytes = ByteBuffer(repeating: 0x78, count: count)
            framer.append(&bytes)
            sent += count
            #expect(framer.next() == (sent == 1_048_577 ? .flooded : nil))
            #expect(framer.heldBytes < LineLimits.line)
        }
    }

    @Test func afterAllLinesAreTaken_nothingIsHeld() {
        var framer = LineFramer()
        var bytes = ByteBuffer(string: "PING a\r\nPING b\r\nPI")
        framer.append(&bytes)
        #expect(bytes.readableBytes == 0)
        while framer.next() != nil {}
        #expect(framer.heldBytes == 2)
        var rest = ByteBuffer(string: "NG c\r\n")
        framer.append(&rest)
        #expect(framer.next() == .line(line("PING c")))
        #expect(framer.heldBytes == 0)
    }

    @Test func lines_areSlicesOfWhatWasRead() throws {
        var framer = LineFramer()
        var bytes = ByteBuffer(string: "PING a\nPING b\n")
        let place = bytes.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        framer.append(&bytes)
        guard case .line(let first) = framer.next(), case .line(let second) = framer.next() else {
            Issue.record("two lines were expected")
            return
        }
        #expect(first.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) } == place)
        #expect(second.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) } == place + 7)
    }

    @Test func linesTakenLater_areStillTheirOwn() {
        var framer = LineFramer()
        var bytes = ByteBuffer(string: "first\nsec")
        framer.append(&bytes)
        let first = framer.next()
        var rest = ByteBuffer(string: "ond\n")
        framer.append(&rest)
        #expect(framer.next() == .line(line("second")))
        #expect(first == .line(line("first")))
    }

    @Test func release_forgetsAnUnfinishedLine() {
        var framer = LineFramer()
        var bytes = ByteBuffer(string: "PING unfinished")
        framer.append(&bytes)
        framer.release()
        #expect(framer.heldBytes == 0)
        var rest = ByteBuffer(string: "PING a\n")
        framer.append(&rest)
        #expect(framer.next() == .line(line("PING a")))
    }
}
