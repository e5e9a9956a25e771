import LineProtocol
import NIOCore
import Testing

/// "Not UTF-8: INVALID_UTF8. With a character that could move a terminal or break a reader's lines:
/// INVALID_CHARACTER; TAB reads as a space."
@Suite struct LineCheckTests {
    static func code(_ line: ByteBuffer) -> FailCode? {
        if case .refused(_, let failure) = Request.parse(line) { failure.code } else { nil }
    }

    static func chatCode(_ line: ByteBuffer) -> FailCode? {
        if case .refused(let failure) = ChatLine(line) { failure.code } else { nil }
    }

    /// By section 1: Cc but TAB, U+2028–2029, U+202A–202E, U+2066–2069.
    static let forbidden: [UInt32] =
        Array(0x00...0x08) + Array(0x0B...0x1F) + Array(0x7F...0x9F) + [0x2028, 0x2029]
        + Array(0x202A...0x202E) + Array(0x2066...0x2069)

    @Test(arguments: forbidden)
    func aForbiddenCharacter_isRefusedWhereverItStands(scalar: UInt32) throws {
        let character = String(try #require(Unicode.Scalar(scalar)))
        for padding in 0...17 {
            let text = "MSG #a " + String(repeating: "x", count: padding) + character + "y"
            #expect(Self.code(line(text)) == .invalidCharacter)
            #expect(Self.chatCode(line(text)) == .invalidCharacter)
        }
        #expect(Self.code(line(character)) == .invalidCharacter)
        #expect(Self.code(line("@label=\(character) PING x")) == .invalidCharacter)
    }

    @Test func everyOtherCharacter_isTaken() {
        let forbidden = Set(Self.forbidden)
        for value in UInt32(0x20)...0x10_FFFF where !forbidden.contains(value) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            if Self.code(line("PING a" + String(scalar))) != nil {
                Issue.record("U+\(String(value, radix: 16)) was refused")
            }
        }
    }

    @Test(
        arguments: [
            [0x80], [0xBF], [0xC0, 0xAF], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0xAF],
            [0xE0, 0x9F, 0xBF],
            [0xE2, 0x82], [0xE2, 0x82, 0x41], [0xE2, 0x41, 0x80], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
            [0xF0, 0x9F, 0x91],
            [0xF0, 0x80, 0x80, 0xAF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], [0xFE], [0xFF],
            [0xFF, 0xFE],
            [0xED, 0xA0, 0xBD, 0xED, 0xB1, 0x8B],
        ] as [[UInt8]])
    func brokenUTF8_isRefusedWhereverItStands(bytes: [UInt8]) {
        for padding in 0...17 {
            let head = Array("PING ".utf8) + Array(repeating: UInt8(ascii: "x"), count: padding)
            #expect(Self.code(line(head + bytes)) == .invalidUTF8)
            #expect(Self.code(line(head + bytes + Array(" and more of it".utf8))) == .invalidUTF8)
            #expect(Self.chatCode(line(head + bytes)) == .invalidUTF8)
        }
    }

    @Test func aLineWithBothFaults_isNotUTF8() {
        #expect(Self.code(line(Array("PING \u{7}".utf8) + [0xFF])) == .invalidUTF8)
    }

    /// The standard library's decoder is another opinion on the same table.
    @Test func randomBytes_areUTF8ExactlyWhereTheStandardLibrarySaysSo() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                let byte = UInt8.random(in: .min ... .max, using: &generator)
                return Bool.random(using: &generator) ? byte | 0x80 : max(byte & 0x7F, 0x20)
            }
            let isUTF8 = String(validating: bytes, as: UTF8.self) != nil
            if (Self.code(line([0x61] + bytes)) == .invalidUTF8) == isUTF8 {
                Issue.record("\(bytes)")
            }
        }
    }

    @Test func aTab_readsAsASpace() {
        #expect(parsed("\tPING\ta\tb\t")?.parameters == line("a b "))
        #expect(ChatLine(line("a\tb")) == .message("a b"))
    }
}
