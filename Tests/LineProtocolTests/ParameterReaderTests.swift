import LineProtocol
import NIOCore
import Testing

@Suite struct ParameterReaderTests {
    static func words(_ parameters: String) -> [String] {
        var reader = ParameterReader(line(parameters))
        var words: [String] = []
        while let word = reader.nextWord() { words.append(word) }
        return words
    }

    /// The text after so many words.
    static func text(_ parameters: String, after words: Int = 0) -> String? {
        var reader = ParameterReader(line(parameters))
        for _ in 0..<words { _ = reader.nextWord() }
        return reader.text()
    }

    @Test(arguments: [
        ("", []), ("   ", []), ("a", ["a"]), ("a b", ["a", "b"]), ("  a   b  ", ["a", "b"]), (":a", ["a"]),
        ("a :b", ["a", "b"]), ("a :b  ", ["a", "b"]), ("::a", [":a"]), (":a b", [":a", "b"]),
        ("a :b c", ["a", ":b", "c"]),
        ("a:b", ["a:b"]), ("a b:", ["a", "b:"]), (":", []), ("a :", ["a"]), ("a : ", ["a"]), ("::", [":"]),
        ("#picnic since=4", ["#picnic", "since=4"]), ("日本 é", ["日本", "é"]),
    ])
    func words_areSeparatedByRunsOfSpaces(parameters: String, words: [String]) {
        #expect(Self.words(parameters) == words)
    }

    /// "A `:` that begins the last parameter is removed, once. Text after such a `:` is exact to its last
    /// space; without it, spaces at both ends are dropped. Inner spaces always stay."
    @Test(
        arguments: [
            ("", nil), ("   ", nil), ("a", "a"), ("  a  b  ", "a  b"), (":a  b ", "a  b "), (":  a", "  a"),
            (": ", " "),
            (":", ""), ("::)", ":)"), ("a : b", "a : b"), ("a :b ", "a :b"), ("  :a ", "a "), ("*", "*"),
            ("me! :)", "me! :)"),
        ] as [(String, String?)])
    func text_isTheRestOfTheLine(parameters: String, text: String?) {
        #expect(Self.text(parameters) == text)
        #expect(Self.text("#room " + parameters, after: 1) == text)
        #expect(Self.text("#room    " + parameters, after: 1) == text)
    }

    @Test func aPeekedWord_isNotTaken() {
        var reader = ParameterReader(line("#a :b"))
        #expect(reader.peekWord() == "#a")
        #expect(reader.peekWord() == "#a")
        #expect(reader.nextWord() == "#a")
        #expect(reader.peekWord() == "b")
        #expect(reader.text() == "b")
        #expect(reader.isAtEnd)
        #expect(reader.peekWord() == nil)
    }

    @Test(arguments: [("", true), ("  ", true), ("a", false), (":", false)])
    func isAtEnd_tellsWhetherAnythingIsLeft(parameters: String, isAtEnd: Bool) {
        #expect(ParameterReader(line(parameters)).isAtEnd == isAtEnd)
    }

    /// A word is at least one character, so this `:` is taken and is none.
    @Test func aColonAlone_isAnEmptyTextButNoWord() {
        var reader = ParameterReader(line("a :"))
        _ = reader.nextWord()
        #expect(!reader.isAtEnd)
        #expect(reader.peekWord() == nil)
        #expect(reader.nextWord() == nil)
        #expect(reader.isAtEnd)
        #expect(Self.text("a :", after: 1) == "")
    }
}

@Suite struct FieldEscapeTests {
    @Test(arguments: [
        ("", ""), ("abc", "abc"), ("very hungry", "very\\shungry"), ("a;b", "a\\:b"), ("a\\b", "a\\\\b"),
        ("\\s", "\\\\s"),
        (" ; \\", "\\s\\:\\s\\\\"), (":)", ":)"), ("日 本", "日\\s本"), ("a,b=c", "a,b=c"),
        ("e \u{301}", "e\\s\u{301}"),
    ])
    func whatEndsAField_isEscapedAndComesBack(text: String, field: String) {
        #expect(FieldEscape.escape(text) == field)
        #expect(FieldEscape.unescape(field) == text)
    }

    @Test(arguments: [
        ("a\\b", "ab"), ("a\\", "a"), ("\\", ""), ("\\r\\n", "rn"), ("\\\\n", "\\n"), ("\\é", "é"),
    ])
    func anUnknownEscape_keepsItsCharacter(field: String, text: String) {
        #expect(FieldEscape.unescape(field) == text)
    }

    @Test func randomText_comesBackAndHoldsNoSpaceNorSemicolon() {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<5_000 {
            let scalars = (0..<Int.random(in: 0...12, using: &generator)).compactMap { _ in
                " ;\\:sna\u{301}é\u{1F44B}".unicodeScalars.randomElement(using: &generator)
            }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            let field = FieldEscape.escape(text)
            #expect(FieldEscape.unescape(field).utf8.elementsEqual(text.utf8))
            #expect(!field.utf8.contains(UInt8(ascii: " ")) && !field.utf8.contains(UInt8(ascii: ";")))
        }
    }
}
