import LineProtocol
import NIOCore
import Testing

/// A stream of numbers that repeats.
struct Numbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

@Suite("The grammar of a line")
struct RequestTests {
    struct Example: CustomTestStringConvertible, Sendable {
        let line: String
        let verb: String
        let parameters: String
        var label: String?
        var once: String?
        var testDescription: String { line }
    }

    static let readable = [
        Example(line: "ping x", verb: "PING", parameters: "x"),
        Example(line: "  PiNg   x  ", verb: "PING", parameters: "x  "),
        Example(line: "/when", verb: "WHEN", parameters: ""), Example(line: "PING\tx", verb: "PING", parameters: "x"),
        Example(line: "@label=7 PING x", verb: "PING", parameters: "x", label: "7"),
        Example(
            line: "@label=7;once=a-b   :source   /MSG #a :hi", verb: "MSG", parameters: "#a :hi", label: "7",
            once: "a-b"),
        Example(line: "@unknown;other=x;label=~!@ PING", verb: "PING", parameters: "", label: "~!@"),
        Example(line: "@ PING x", verb: "PING", parameters: "x"),
        Example(line: "@; PING x", verb: "PING", parameters: "x"),
        Example(line: "@label= PING x", verb: "PING", parameters: "x"),
        Example(line: "@label PING x", verb: "PING", parameters: "x"),
        Example(line: ":me PING x", verb: "PING", parameters: "x"),
        Example(line: "123 x", verb: "123", parameters: "x"),
        Example(line: "@label=a=b PING", verb: "PING", parameters: "", label: "a=b"),
        Example(
            line: "@label=" + String(repeating: "x", count: 64) + " PING", verb: "PING", parameters: "",
            label: String(repeating: "x", count: 64)),
        Example(line: "@label=" + String(repeating: "x", count: 65) + " PING", verb: "PING", parameters: ""),
        Example(line: "@label=ä PING", verb: "PING", parameters: ""),
        Example(line: "MSG #a  Grüße 日本 👋🏽", verb: "MSG", parameters: "#a  Grüße 日本 👋🏽"),
        // Cases of the published IRC grammar tests (ircdocs/parser-tests, msg-split) in which this grammar agrees. It
        // differs in tag escapes (nothing here needs one) and in `:` in the middle of a line (text goes to the end here).
        Example(line: "foo bar baz asdf", verb: "FOO", parameters: "bar baz asdf"),
        Example(line: ":coolguy foo bar baz asdf", verb: "FOO", parameters: "bar baz asdf"),
        Example(line: "foo bar baz :asdf quux", verb: "FOO", parameters: "bar baz :asdf quux"),
        Example(line: "foo bar baz :", verb: "FOO", parameters: "bar baz :"),
        Example(line: ":coolguy foo bar baz :  asdf quux ", verb: "FOO", parameters: "bar baz :  asdf quux "),
        Example(line: "@a=b;c=32;k;rt=ql7 foo", verb: "FOO", parameters: ""),
        Example(line: "@c;h=;a=b :quux ab cd", verb: "AB", parameters: "cd"),
        Example(line: ":src JOIN #chan", verb: "JOIN", parameters: "#chan"),
        Example(line: ":src JOIN :#chan", verb: "JOIN", parameters: ":#chan"),
        Example(line: ":src AWAY ", verb: "AWAY", parameters: ""),
        Example(line: ":coolguy foo b\tr baz", verb: "FOO", parameters: "b r baz"),
    ]

    @Test(arguments: readable)
    func readsAllParts(_ example: Example) {
        guard case .request(let request) = Request.parse(ByteBuffer(string: example.line)) else {
            Issue.record("not read")
            return
        }
        #expect(request.verb == example.verb && String(buffer: request.parameters) == example.parameters)
        #expect(request.label == example.label && request.once == example.once)
    }

    @Test(arguments: ["", " ", "   ", "\t"])
    func emptyLinesAreIgnored(_ line: String) { #expect(Request.parse(ByteBuffer(string: line)) == .empty) }

    static func refusal(_ bytes: [UInt8]) -> (code: FailCode, label: String?)? {
        guard case .refused(let label, let failure) = Request.parse(ByteBuffer(bytes: bytes)) else { return nil }
        return (failure.code, label)
    }

    @Test(arguments: [
        "!best", "what's", "@label=1", ":source", "//x", "/", "é", "A-B", String(repeating: "x", count: 33),
    ])
    func whatIsNoVerbIsRefused(_ line: String) {
        #expect(Self.refusal(Array(line.utf8))?.code == .unknownCommand)
        #expect(Self.refusal(Array("@label=q \(line.hasPrefix("@") ? "" : line)".utf8))?.label == "q")
    }

    @Test func everyForbiddenCharacterIsRefusedAndEveryOtherIsNot() {
        for value in UInt32(1)...0x2100 {
            guard let scalar = Unicode.Scalar(value), scalar != "\n" else { continue }
            let isForbidden =
                (value < 0x20 && value != 9) || (0x7f...0x9f).contains(value) || (0x2028...0x2029).contains(value)
                || (0x202a...0x202e).contains(value) || (0x2066...0x2069).contains(value)
            let code = Self.refusal(Array("@label=q PING a\(scalar)b".utf8))
            #expect(code?.code == (isForbidden ? .invalidCharacter : nil), "U+\(String(value, radix: 16))")
            if isForbidden { #expect(code?.label == "q") }
        }
        #expect(Self.refusal([0x50, 0]) != nil)
    }

    @Test(
        arguments: [
            [0x80], [0xbf], [0xc0, 0xaf], [0xc1, 0xbf], [0xc2], [0xc2, 0x41], [0xe0, 0x80, 0xaf], [0xe0, 0x9f, 0xbf],
            [0xe2, 0x82], [0xe2, 0x28, 0xa1],
            [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xf0, 0x80, 0x80, 0xaf], [0xf0, 0x9f, 0x92],
            [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80],
            [0xf8, 0x88, 0x80, 0x80, 0x80], [0xfe], [0xff],
        ] as [[UInt8]])
    func brokenUTF8IsRefused(_ bytes: [UInt8]) {
        let refusal = Self.refusal(Array("@label=q PING a".utf8) + bytes)
        #expect(refusal?.code == .invalidUTF8 && refusal?.label == "q")
        #expect(Self.refusal(Array("PING a\u{7}".utf8) + bytes + [0x41])?.code == .invalidUTF8)
    }

    @Test func validityAgreesWithTheStandardLibraryOnRandomBytes() {
        var random = Numbers(state: 1)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                UInt8.random(in: 0x20...255, using: &random)
            }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            #expect((Self.refusal(Array("PING ".utf8) + bytes)?.code == .invalidUTF8) == !isValid, "\(bytes)")
        }
    }

    @Test func anyBytesAreReadWithoutATrapAndOnce() {
        var random = Numbers(state: 2)
        let pieces: [[UInt8]] = [
            [0x40], [0x3b], [0x3d], [0x20], [0x3a], [0x2f], [0x0d], [0x09], Array("label".utf8), Array("once".utf8),
            Array("MSG".utf8), [0xe2, 0x80], [0xff],
        ]
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &random)).flatMap { _ in
                pieces.randomElement(using: &random) ?? []
            }
            _ = Request.parse(ByteBuffer(bytes: bytes))
            _ = ChatLine(ByteBuffer(bytes: bytes))
            var reader = ParameterReader(ByteBuffer(bytes: bytes))
            while !reader.isAtEnd {
                if Bool.random(using: &random) { _ = reader.text() } else { _ = reader.nextWord() }
            }
        }
    }

    @Test(arguments: [
        ("hello", ChatLine.message("hello")), ("  hello  ", .message("  hello  ")), ("@alice", .message("@alice")),
        (":) hi", .message(":) hi")),
        ("//shrug", .message("/shrug")), ("///", .message("//")), ("/when", .command), ("/", .command), ("", .empty),
        ("   ", .empty),
        ("a\tb", .message("a b")), ("MSG #a x", .message("MSG #a x")),
    ])
    func chatLinesAreMessagesAsTyped(_ line: String, _ meaning: ChatLine) {
        #expect(ChatLine(ByteBuffer(string: line)) == meaning)
    }
}

@Suite("Words and text of the parameters")
struct ParameterReaderTests {
    func words(_ text: String) -> [String] {
        var (reader, words) = (ParameterReader(ByteBuffer(string: text)), [String]())
        while let word = reader.nextWord() { words.append(word) }
        return words
    }

    @Test(arguments: [
        ("a b c", ["a", "b", "c"]), ("  a   b ", ["a", "b"]), ("a :b", ["a", "b"]), (":a", ["a"]),
        (":a b", [":a", "b"]), ("", []), ("   ", []), ("a ::b", ["a", ":b"]),
    ])
    func runsOfSpacesAreOneAndTheLastColonGoes(_ text: String, _ expected: [String]) {
        #expect(words(text) == expected)
    }

    @Test(arguments: [
        ("hello  there ", "hello  there"), (":hello ", "hello "), ("::)", ":)"), (":  a ", "  a "), ("a : b", "a : b"),
        ("  a", "a"), (":", ""), ("*", "*"),
    ])
    func textIsExactAfterAColonAndTrimmedWithout(_ text: String, _ expected: String) {
        var reader = ParameterReader(ByteBuffer(string: text))
        #expect(reader.text() == expected && reader.isAtEnd)
    }

    @Test func textFollowsWords() {
        var reader = ParameterReader(ByteBuffer(string: "#a  bob   too loud  "))
        #expect(
            reader.peekWord() == "#a" && reader.nextWord() == "#a" && reader.nextWord() == "bob"
                && reader.text() == "too loud")
        #expect(reader.text() == nil && reader.nextWord() == nil)
    }
}

@Suite("Names and fields")
struct NameTests {
    @Test(arguments: ["a", "#a", "A-b_9", String(repeating: "x", count: 49), "0"])
    func roomNames(_ text: String) throws {
        let name = try #require(RoomName(text))
        #expect(name.description == "#" + name.shown && name == RoomName(text.uppercased()))
    }

    @Test(arguments: ["", "#", "##a", "a b", "a!b", "ä", "#" + String(repeating: "x", count: 50), "a.b", "a\n"])
    func noRoomNames(_ text: String) { #expect(RoomName(text) == nil) }

    @Test(arguments: ["a", "Bob", "a-_9", "a" + String(repeating: "9", count: 31)])
    func usernames(_ text: String) { #expect(Username(text)?.shown == text) }

    @Test(arguments: [
        "", "9a", "-a", "_a", "a b", "ä", "chat.test", "a" + String(repeating: "9", count: 32), "#a", "*",
    ])
    func noUsernames(_ text: String) { #expect(Username(text) == nil) }

    @Test func reservedNamesAreNobodysInAnyCase() {
        for name in ["admin", "ROOT", "Server", "system", "support", "help"] {
            #expect(Username(name)?.isReserved == true)
        }
        #expect(Username("helper")?.isReserved == false)
    }

    @Test(arguments: [
        ("very hungry", "very\\shungry"), ("a;b", "a\\:b"), ("a\\b", "a\\\\b"), ("\\s", "\\\\s"), ("plain", "plain"),
        ("ü ;\\", "ü\\s\\:\\\\"),
    ])
    func fieldsAreEscapedAndBack(_ text: String, _ field: String) {
        #expect(FieldEscape.escape(text) == field && FieldEscape.unescape(field) == text)
    }

    @Test func codesAreThoseOfTheSpecification() {
        #expect(FailCode.allCases.count == 35 && Set(FailCode.allCases.map(\.rawValue)).count == 35)
    }
}
