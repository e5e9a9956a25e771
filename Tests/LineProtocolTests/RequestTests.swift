import LineProtocol
import NIOCore
import Testing

/// `line = [ "@" tag *( ";" tag ) 1*SP ] [ ":" source 1*SP ] verb *( 1*SP word ) [ 1*SP text ]`
@Suite struct RequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var line: String
        var label: String?
        var once: String?
        var verb: String
        var hasSlash = false
        var parameters = ""

        var testDescription: String { line }
    }

    @Test(arguments: [
        Case(line: "PING", verb: "PING"),
        Case(line: "ping a", verb: "PING", parameters: "a"),
        Case(line: "Ping   a  b ", verb: "PING", parameters: "a  b "),
        Case(line: "PING ", verb: "PING"),
        Case(line: "  PING a", verb: "PING", parameters: "a"),
        Case(line: "/when", verb: "WHEN", hasSlash: true),
        Case(line: "/WHEN min=1h", verb: "WHEN", hasSlash: true, parameters: "min=1h"),
        Case(line: "432 a", verb: "432", parameters: "a"),
        Case(line: "@label=7 PING a", label: "7", verb: "PING", parameters: "a"),
        Case(line: "@label=7   /ping a", label: "7", verb: "PING", hasSlash: true, parameters: "a"),
        Case(line: "@once=a7;label=8 MSG #p :hi", label: "8", once: "a7", verb: "MSG", parameters: "#p :hi"),
        Case(line: "@label=7;a;b=;c=d PING", label: "7", verb: "PING"),
        Case(line: "@ PING", verb: "PING"),
        Case(line: "@;;label=7; PING", label: "7", verb: "PING"),
        Case(line: ":bob PING a", verb: "PING", parameters: "a"),
        Case(line: "@label=7 :bob  PING a", label: "7", verb: "PING", parameters: "a"),
        Case(line: ":@label=7 PING a", verb: "PING", parameters: "a"),
        Case(line: "PING @label=7", verb: "PING", parameters: "@label=7"),
        Case(line: "MSG #p Grüße \u{1F44B}\u{1F3FD}", verb: "MSG", parameters: "#p Grüße \u{1F44B}\u{1F3FD}"),
    ])
    func wellFormedLine_isARequest(fixture: Case) throws {
        let request = try #require(parsed(fixture.line))
        #expect(request.label == fixture.label)
        #expect(request.once == fixture.once)
        #expect(request.verb == fixture.verb)
        #expect(request.hasSlash == fixture.hasSlash)
        #expect(String(buffer: request.parameters) == fixture.parameters)
    }

    @Test(arguments: ["", " ", "     ", "\t", " \t "])
    func aLineOfBlanks_isEmpty(text: String) {
        #expect(Request.parse(line(text)) == .empty)
    }

    @Test(
        arguments: [
            ("!best", nil), ("what's up", nil), ("#room", nil), ("ÄVAIL", nil), ("avaıl", nil), ("a-b", nil),
            ("/", nil),
            ("//when", nil), ("/ when", nil), (":bob", nil), (":bob ", nil), (":", nil), ("@label=7", "7"),
            ("@label=7 ", "7"), ("@label=7 :bob", "7"), ("@label=7 ?!", "7"), ("*", nil),
            (String(repeating: "a", count: 33), nil), ("@once=a ?", nil),
        ] as [(String, String?)])
    func whereNoVerbIs_theLineIsRefusedWithItsLabel(text: String, label: String?) {
        guard case .refused(let found, let failure) = Request.parse(line(text)) else {
            Issue.record("\(text) was not refused")
            return
        }
        #expect(failure.code == .unknownCommand)
        #expect(found == label)
    }

    @Test func aVerb_hasAtMost32LettersAndDigits() {
        let verb = String(repeating: "a", count: 32)
        #expect(parsed(verb)?.verb == verb.uppercased())
    }

    @Test(arguments: ["x", "7", "!~=,@\\:", String(repeating: "a", count: 64), "a=b", "\"'<>"])
    func aTagValue_isOneTo64VisibleCharacters(value: String) {
        #expect(parsed("@label=\(value) PING")?.label == value)
        #expect(parsed("@once=\(value) PING")?.once == value)
    }

    @Test(arguments: ["label=", "label", "label=ä", "Label=x", "+label=x", "labels=x", "lab=x", "a/label=x"])
    func aTagOfAWrongForm_isIgnored(tag: String) {
        #expect(parsed("@\(tag) PING")?.label == nil)
        #expect(parsed("@label=7;\(tag) PING")?.label == "7")
    }

    @Test func aTagValueOf65Characters_isIgnored() {
        let value = String(repeating: "a", count: 65)
        #expect(parsed("@label=\(value);once=\(value) PING") == parsed("PING"))
    }

    @Test(
        arguments: [
            Array("@label=q PING ".utf8) + [0xFF], Array("@label=q PING a\u{7}".utf8),
            Array("@x=\u{202E};label=q PING".utf8),
            Array("@x=".utf8) + [0xC0] + Array(";label=q PING".utf8), Array("@label=q\tPING \u{7}".utf8),
            Array(" @label=q".utf8) + [0x20, 0xFF],
        ] as [[UInt8]])
    func aLineRefusedForItsCharacters_keepsItsLabel(bytes: [UInt8]) {
        guard case .refused(let label, _) = Request.parse(line(bytes)) else {
            Issue.record("the line was not refused")
            return
        }
        #expect(label == "q")
    }

    @Test func whatIsPrintedOfARequest_holdsNoParameters() throws {
        let request = try #require(parsed("LOGIN alice a long enough password"))
        var dumped = ""
        dump(request, to: &dumped)
        for text in ["\(request)", String(reflecting: request), dumped] {
            #expect(!text.contains("password"))
            #expect(text.contains("LOGIN"))
        }
        let reader = ParameterReader(request.parameters)
        dumped = ""
        dump(reader, to: &dumped)
        #expect(!("\(reader)" + String(reflecting: reader) + dumped).contains("password"))
    }
}

@Suite struct ChatLineTests {
    /// "A line without a leading `/` is a message to the current room, as typed, a leading `@` or `:`
    /// included; `//x` says `/x`; other lines with a slash are commands."
    @Test(
        arguments: [
            ("me! :)", .message("me! :)")), ("@bob :) /here", .message("@bob :) /here")),
            (":hello", .message(":hello")),
            ("MSG #p hi", .message("MSG #p hi")), ("  two  spaces ", .message("  two  spaces ")),
            ("//x", .message("/x")),
            ("///x", .message("//x")), ("//", .message("/")), (" /when", .message(" /when")),
            ("/when", .command),
            ("/", .command), ("/ x", .command), ("", .empty), ("  ", .empty), ("\t", .empty),
            ("a\tb", .message("a b")),
            ("日本", .message("日本")),
        ] as [(String, ChatLine)])
    func aLine_isAMessageUnlessItBeginsWithOneSlash(text: String, expected: ChatLine) {
        #expect(ChatLine(line(text)) == expected)
    }
}

@Suite struct RandomLineTests {
    /// Each line gives exactly one result, whatever its bytes are; a trap would end the test.
    @Test func linesOfRandomBytes_giveOneResultEach() {
        var generator = SeededGenerator(seed: 2)
        let common = Array("@label=once;:/ \tPING#a=\\é\u{2028}".utf8)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                Int.random(in: 0..<4, using: &generator) > 0
                    ? common[Int.random(in: 0..<common.count, using: &generator)]
                    : UInt8.random(in: .min ... .max, using: &generator)
            }
            _ = ChatLine(line(bytes))
            guard case .request(let request) = Request.parse(line(bytes)) else { continue }
            var words = ParameterReader(request.parameters)
            var count = 0
            while !words.isAtEnd, count <= bytes.count {
                _ = words.nextWord()
                count += 1
            }
            #expect(words.isAtEnd)
            var text = ParameterReader(request.parameters)
            #expect((text.text() == nil) == ParameterReader(request.parameters).isAtEnd)
            #expect(text.isAtEnd)
        }
    }

    @Test func streamsOfRandomBytes_giveAsManyFramesAsLineEnds() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<300 {
            // From a line end in two bytes to one in twenty thousand.
            let odds = 1 << Int.random(in: 1...14, using: &generator)
            let stream = (0..<Int.random(in: 0...20_000, using: &generator)).map { _ in
                Int.random(in: 0..<odds, using: &generator) == 0
                    ? UInt8(ascii: "\n") : UInt8.random(in: 0x0B ... .max, using: &generator)
            }
            var pieces: [[UInt8]] = []
            var start = 0
            while start < stream.count {
                let end = min(stream.count, start + Int.random(in: 1...9_000, using: &generator))
                pieces.append(Array(stream[start..<end]))
                start = end
            }
            let frames = LineFramerTests.frames(pieces)
            #expect(frames.count == stream.count { $0 == 0x0A })
            #expect(frames == LineFramerTests.frames([stream]))
        }
    }
}
