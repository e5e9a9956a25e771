import LineProtocol
import NIOCore
import Testing

@Suite struct LineEncoderTests {
    static let time: Int64 = 1_796_144_534_667

    @Test(arguments: [
        (Row(kind: "AVATAR", fields: ["bob", "iVBO"]), "AVATAR bob iVBO"),
        (Row(kind: "GROUP", fields: ["#p", "*"], text: "*"), "GROUP #p * :*"),
        (Row(kind: "HELP", fields: [], text: "words"), "HELP :words"),
        (Row(kind: "A", fields: ["", "b"]), "A * b"),
        (Row(kind: "A", fields: ["mood=very hungry"]), "A mood=very\\shungry"),
        (Row(kind: "A", fields: ["a;b\\c"]), "A a\\:b\\\\c"),
        (Row(kind: "A", fields: ["mood=:)"], text: ":)"), "A mood=:) ::)"),
        (Row(kind: "A", fields: [], text: ""), "A :"),
        (Row(kind: "A", fields: [], text: "  exact  "), "A :  exact  "),
    ])
    func row_isKindFieldsAndText(row: Row, expected: String) {
        #expect(written { LineEncoder.write(row: row, label: nil, into: &$0) } == expected + "\r\n")
        #expect(
            written { LineEncoder.write(row: row, label: "x7", into: &$0) } == "@label=x7 " + expected
                + "\r\n")
    }

    @Test(
        arguments: [
            (.ok(verb: "QUIT", fields: [], text: nil), "OK QUIT"),
            (.ok(verb: "TOKEN", fields: ["REVOKE", "laptop"], text: nil), "OK TOKEN REVOKE laptop"),
            (.ok(verb: "PASSWD", fields: [], text: "Changed."), "OK PASSWD :Changed."),
            (
                .fail(verb: "*", Failure(.inputTooLong, words: "Too long.")),
                "FAIL * INPUT_TOO_LONG :Too long."
            ),
            (
                .fail(verb: "MSG", Failure(.rateLimited, fields: ["7"], words: "Wait.")),
                "FAIL MSG RATE_LIMITED 7 :Wait."
            ),
            (
                .fail(verb: "JOIN", Failure(.noSuchRoom, fields: ["a;b"], words: "")),
                "FAIL JOIN NO_SUCH_ROOM a\\:b :"
            ),
        ] as [(Final, String)])
    func final_isOKOrFAIL(final: Final, expected: String) {
        #expect(written { LineEncoder.write(final: final, label: nil, into: &$0) } == expected + "\r\n")
        #expect(
            written { LineEncoder.write(final: final, label: "x7", into: &$0) } == "@label=x7 " + expected
                + "\r\n")
    }

    @Test(arguments: [
        (Event(source: "alice", verb: "JOIN", target: "#p"), ":alice JOIN #p"),
        (Event(source: "alice", verb: "MSG", target: "#p", text: "!best"), ":alice MSG #p :!best"),
        (Event(source: "a", verb: "KICK", target: "#p", fields: ["bob"], text: "bye"), ":a KICK #p bob :bye"),
        (
            Event(source: "chat.example.org", verb: "NOTICE", target: "*", text: "Hi"),
            ":chat.example.org NOTICE * :Hi"
        ),
    ])
    func event_hasItsSourceInFrontAndTagsWhereWanted(event: Event, expected: String) {
        #expect(
            written { LineEncoder.write(event: event, time: nil, messageID: nil, into: &$0) } == expected
                + "\r\n")
        #expect(
            written { LineEncoder.write(event: event, time: Self.time, messageID: nil, into: &$0) }
                == "@time=2026-12-01T17:02:14.667Z " + expected + "\r\n")
        #expect(
            written { LineEncoder.write(event: event, time: Self.time, messageID: 3, into: &$0) }
                == "@time=2026-12-01T17:02:14.667Z;msgid=3 " + expected + "\r\n")
    }

    @Test func noticeAndError_areForPeople() {
        #expect(
            written { LineEncoder.write(notice: "Welcome", from: "a.example", into: &$0) }
                == ":a.example NOTICE * :Welcome\r\n")
        #expect(
            written { LineEncoder.write(notice: "Hi", from: "a.example", to: "#p", time: 0, into: &$0) }
                == "@time=1970-01-01T00:00:00.000Z :a.example NOTICE #p :Hi\r\n")
        #expect(
            written { LineEncoder.write(error: "Server is going away", into: &$0) }
                == "ERROR :Server is going away\r\n")
    }

    @Test func messages_areWrittenAsTheEventsRowsAndFinalsTheyAre() {
        #expect(
            written { LineEncoder.writeMessage(author: "bob", room: "p", text: "me! :)", into: &$0) }
                == ":bob MSG #p :me! :)\r\n")
        #expect(
            written {
                LineEncoder.writeTaggedMessage(
                    author: "bob", room: "p", text: "hi", time: Self.time, id: 3, into: &$0)
            } == "@time=2026-12-01T17:02:14.667Z;msgid=3 :bob MSG #p :hi\r\n")
        #expect(
            written { LineEncoder.writeMessageOK(label: nil, room: "p", id: 2, time: Self.time, into: &$0) }
                == "OK MSG #p 2 2026-12-01T17:02:14.667Z\r\n")
        #expect(
            written { LineEncoder.writeMessageOK(label: "4", room: "p", id: 2, time: Self.time, into: &$0) }
                == "@label=4 OK MSG #p 2 2026-12-01T17:02:14.667Z\r\n")
        for (author, shown) in [("alice", "alice"), (nil, "*")] {
            #expect(
                written {
                    LineEncoder.writeHistory(
                        label: "4", room: "p", id: 1, time: Self.time, author: author, text: "who?", into: &$0
                    )
                } == "@label=4 HISTORY #p 1 2026-12-01T17:02:14.667Z \(shown) :who?\r\n")
        }
    }

    @Test(
        arguments: [
            (0, "0"), (9, "9"), (10, "10"), (99, "99"), (100, "100"), (1_234_567_890, "1234567890"),
            (.max, "9223372036854775807"), (-1, "-1"), (.min, "-9223372036854775808"),
        ] as [(Int64, String)])
    func ids_areDecimal(id: Int64, text: String) {
        #expect(
            written { LineEncoder.writeMessageOK(label: nil, room: "p", id: id, time: 0, into: &$0) }
                == "OK MSG #p \(text) 1970-01-01T00:00:00.000Z\r\n")
    }

    @Test func linesIntoOneBuffer_followEachOther() {
        let text = written {
            LineEncoder.writeMessage(author: "a", room: "p", text: "one", into: &$0)
            LineEncoder.write(row: Row(kind: "A", fields: []), label: nil, into: &$0)
            LineEncoder.write(error: "end", into: &$0)
        }
        #expect(text == ":a MSG #p :one\r\nA\r\nERROR :end\r\n")
    }
}

@Suite struct OutgoingLineLimitTests {
    static func row(_ fields: [String], _ text: String?, label: String? = nil) -> String {
        written {
            LineEncoder.write(row: Row(kind: "A", fields: fields, text: text), label: label, into: &$0)
        }
    }

    @Test(arguments: [8_186, 8_187, 8_188, 20_000])
    func aTextThatDoesNotFit_isCutTo8192BytesOfLine(count: Int) {
        let line = Self.row([], String(repeating: "x", count: count))
        #expect(line == "A :" + String(repeating: "x", count: min(count, 8_187)) + "\r\n")
        #expect(line.utf8.count <= 8_192)
    }

    @Test(arguments: [
        "é", "日", "\u{1F44B}\u{1F3FD}", "e\u{301}", "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}",
    ])
    func aText_isCutAtTheEndOfACharacter(character: String) {
        let text = String(repeating: character, count: 9_000)
        for padding in 0..<character.utf8.count {
            let line = Self.row([], String(repeating: "x", count: padding) + text)
            let kept = line.dropFirst(3 + padding).dropLast(1)
            #expect(kept.allSatisfy { String($0) == character })
            #expect((8_192 - character.utf8.count + 1...8_192).contains(line.utf8.count))
        }
    }

    @Test func afterOtherLinesInTheBuffer_eachLineHasItsOwnLimit() {
        let text = String(repeating: "x", count: 8_187)
        let both = written {
            for _ in 0..<2 {
                LineEncoder.write(row: Row(kind: "A", fields: [], text: text), label: nil, into: &$0)
            }
        }
        #expect(both == "A :\(text)\r\nA :\(text)\r\n")
    }

    @Test func fields_areNeverCut() {
        let field = String(repeating: "f", count: 8_000)
        let line = Self.row(["bob", field], String(repeating: "x", count: 500), label: "1")
        #expect(line.hasPrefix("@label=1 A bob \(field) :xxx"))
        #expect(line.utf8.count == 8_192)
    }

    @Test func aFieldThatDoesNotFit_isWrittenAsNothing() {
        let typed = String(repeating: "\\", count: 8_000)
        let failure = Failure(.noSuchRoom, fields: [typed, "next"], words: "No such room.")
        #expect(
            written { LineEncoder.write(final: .fail(verb: "JOIN", failure), label: nil, into: &$0) }
                == "FAIL JOIN NO_SUCH_ROOM * next :No such room.\r\n")
    }

    @Test(arguments: [8_186, 8_187, 8_188, 8_189])
    func aFieldThatLeavesNoRoomForTheNext_isWrittenAsNothing(count: Int) {
        let line = Self.row([String(repeating: "f", count: count), "g"], nil)
        #expect(line.utf8.count <= 8_192)
        #expect(line.hasPrefix("A f") == (count <= 8_186))
    }

    /// There is no escape for a colon, and a reader splits a line at its first ` :`.
    @Test func aFieldThatBeginsWithAColon_isNotTakenForTheText() {
        #expect(Self.row(["#p", "mood", ":)", "3"], "words") == "A #p mood ) 3 :words\r\n")
    }

    @Test func controlCharacters_neverEndALine() {
        #expect(
            Self.row(["a\r\nb", "c\u{0}"], "d\r\nOK MSG\u{7F}é\u{7}") == "A a\\s\\sb c\\s :d  OK MSG é \r\n")
        #expect(
            written { LineEncoder.writeMessage(author: "a", room: "p", text: "x\nERROR :y", into: &$0) }
                == ":a MSG #p :x ERROR :y\r\n")
    }

    /// What a client of the protocol's section 16 reads is what was written.
    @Test func randomRows_areReadBackAsWritten() {
        var generator = SeededGenerator(seed: 5)
        func text(atMost count: Int) -> String {
            String(
                (0..<Int.random(in: 1...count, using: &generator)).compactMap { _ in
                    "ab :;\\*s=,é日\u{1F44B}".randomElement(using: &generator)
                })
        }
        for _ in 0..<5_000 {
            let fields = (0..<Int.random(in: 0...5, using: &generator)).map { _ in text(atMost: 8) }
            let words = Bool.random(using: &generator) ? text(atMost: 12) : nil
            let line = Self.row(fields, words).dropLast(1)
            let parts = line.split(separator: " :", maxSplits: 1, omittingEmptySubsequences: false)
            let read = parts[0].split(separator: " ").dropFirst().map { FieldEscape.unescape(String($0)) }
            #expect(read == fields.map(withoutColonsInFront))
            #expect((parts.count == 2 ? String(parts[1]) : nil) == words)
        }
    }

    private func withoutColonsInFront(_ field: String) -> String {
        let rest = field.unicodeScalars.drop { $0 == ":" }
        return rest.isEmpty ? "*" : String(rest)
    }
}
