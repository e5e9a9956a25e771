import LineProtocol
import Testing

/// The published cases of ircdocs/parser-tests (`msg-split.yaml` and `msg-join.yaml`, in the public domain by
/// CC0), as far as the two grammars agree.
///
/// They disagree, on purpose, in these points:
/// - A TAB reads as a space, and other control characters are refused (there: part of a word).
/// - In an escaped field `\r` and `\n` are the letters, so that nothing brings a line end in.
/// - Only the tags `label` and `once` are read, and their values are kept as written, since they are echoed.
/// - A last `:` alone is an empty text, and no word.
@Suite struct PublishedParserTests {
    struct Split: Sendable, CustomTestStringConvertible {
        var input: String
        var verb: String
        var parameters: [String] = []

        var testDescription: String { input }
    }

    /// All but the last parameter are words; the last is a text, which a `:` may begin.
    static func split(_ parameters: ParameterReader) -> [String] {
        var reader = parameters
        var split: [String] = []
        while !reader.isAtEnd {
            var ahead = reader
            let word = ahead.nextWord()
            if let word, !ahead.isAtEnd, !word.hasPrefix(":") {
                split.append(word)
                reader = ahead
            } else if let text = reader.text() {
                split.append(text)
            }
        }
        return split
    }

    @Test(arguments: [
        Split(input: "foo bar baz asdf", verb: "FOO", parameters: ["bar", "baz", "asdf"]),
        Split(input: ":coolguy foo bar baz asdf", verb: "FOO", parameters: ["bar", "baz", "asdf"]),
        Split(input: "foo bar baz :asdf quux", verb: "FOO", parameters: ["bar", "baz", "asdf quux"]),
        Split(input: "foo bar baz :", verb: "FOO", parameters: ["bar", "baz", ""]),
        Split(input: "foo bar baz ::asdf", verb: "FOO", parameters: ["bar", "baz", ":asdf"]),
        Split(
            input: ":coolguy foo bar baz :asdf quux", verb: "FOO", parameters: ["bar", "baz", "asdf quux"]),
        Split(
            input: ":coolguy foo bar baz :  asdf quux ", verb: "FOO",
            parameters: ["bar", "baz", "  asdf quux "]),
        Split(input: ":coolguy PRIVMSG bar :lol :) ", verb: "PRIVMSG", parameters: ["bar", "lol :) "]),
        Split(input: ":coolguy foo bar baz :", verb: "FOO", parameters: ["bar", "baz", ""]),
        Split(input: ":coolguy foo bar baz :  ", verb: "FOO", parameters: ["bar", "baz", "  "]),
        Split(input: "@a=b;c=32;k;rt=ql7 foo", verb: "FOO"),
        Split(input: "@a=b\\\\and\\nk;c=72\\s45;d=gh\\:764 foo", verb: "FOO"),
        Split(input: "@c;h=;a=b :quux ab cd", verb: "AB", parameters: ["cd"]),
        Split(input: ":src JOIN #chan", verb: "JOIN", parameters: ["#chan"]),
        Split(input: ":src JOIN :#chan", verb: "JOIN", parameters: ["#chan"]),
        Split(input: ":src AWAY", verb: "AWAY"),
        Split(input: ":src AWAY ", verb: "AWAY"),
        Split(
            input:
                "@tag1=value1;tag2;vendor1/tag3=value2;vendor2/tag4= :irc.example.com COMMAND param1 param2 "
                + ":param3 param3",
            verb: "COMMAND", parameters: ["param1", "param2", "param3 param3"]),
        Split(
            input: ":irc.example.com COMMAND param1 param2 :param3 param3", verb: "COMMAND",
            parameters: ["param1", "param2", "param3 param3"]),
        Split(
            input: "@tag1=value1;tag2;vendor1/tag3=value2;vendor2/tag4 COMMAND param1 param2 :param3 param3",
            verb: "COMMAND", parameters: ["param1", "param2", "param3 param3"]),
        Split(input: "COMMAND", verb: "COMMAND"),
        Split(input: "@foo=\\\\\\\\\\:\\\\s\\s\\r\\n COMMAND", verb: "COMMAND"),
        Split(
            input: ":gravel.mozilla.org 432  #momo :Erroneous Nickname: Illegal characters", verb: "432",
            parameters: ["#momo", "Erroneous Nickname: Illegal characters"]),
        Split(input: ":gravel.mozilla.org MODE #tckk +n ", verb: "MODE", parameters: ["#tckk", "+n"]),
        Split(
            input: ":services.esper.net MODE #foo-bar +o foobar  ", verb: "MODE",
            parameters: ["#foo-bar", "+o", "foobar"]),
        Split(input: "@tag1=value\\\\ntest COMMAND", verb: "COMMAND"),
        Split(input: "@tag1=value1\\ COMMAND", verb: "COMMAND"),
        Split(input: ":SomeOp MODE #channel :+i", verb: "MODE", parameters: ["#channel", "+i"]),
        Split(
            input: ":SomeOp MODE #channel +oo SomeUser :AnotherUser", verb: "MODE",
            parameters: ["#channel", "+oo", "SomeUser", "AnotherUser"]),
    ])
    func split_isTheSameAsPublished(fixture: Split) throws {
        let request = try #require(parsed(fixture.input))
        #expect(request.verb == fixture.verb)
        #expect(Self.split(ParameterReader(request.parameters)) == fixture.parameters)
    }

    @Test(arguments: [
        "foo bar baz asdf", "foo bar baz :asdf", "foo  bar   baz asdf  ", ":coolguy foo bar baz asdf",
        ":coolguy foo bar baz :asdf",
    ])
    func joinedForms_areReadAsTheSameParameters(line: String) throws {
        let request = try #require(parsed(line))
        #expect(Self.split(ParameterReader(request.parameters)) == ["bar", "baz", "asdf"])
    }

    /// Parsers disregard all but the final occurrence of a tag.
    @Test func ofATagGivenTwice_theLastCounts() {
        #expect(parsed("@label=1;tag2=3;tag3=4;label=5 COMMAND")?.label == "5")
        #expect(parsed("@once=1;vendor/once=8;once=5 COMMAND")?.once == "5")
    }

    @Test(arguments: [
        ("b\\\\and", "b\\and"), ("72\\s45", "72 45"), ("gh\\:764", "gh;764"),
        ("\\\\\\\\\\:\\\\s\\s", "\\\\;\\s "),
        ("value\\\\ntest", "value\\ntest"), ("value\\1", "value1"), ("value1\\", "value1"),
    ])
    func escapedValues_areReadAsPublished(field: String, value: String) {
        #expect(FieldEscape.unescape(field) == value)
    }

    /// Where the grammars disagree: published as one word, or as a source with control characters.
    @Test func controlCharacters_areNoPartOfAWord() {
        #expect(parsed(":coolguy foo b\tar baz")?.parameters == line("b ar baz"))
        #expect(parsed(":cool\tguy foo bar baz")?.verb == "GUY")
        #expect(parsed(":coolguy!ag@net\u{3}5w\u{3}ork.admin PRIVMSG foo :bar baz") == nil)
    }
}
