import LineProtocol
import NIOCore
import Testing

@Suite("Writing lines")
struct LineEncoderTests {
    func written(_ body: (inout ByteBuffer) -> Void) -> String {
        var buffer = ByteBuffer()
        body(&buffer)
        return String(buffer: buffer)
    }

    @Test func rowsFinalsEventsAndGoodbyes() {
        let row = Row(kind: "STATS", fields: ["#a", "member", "bob", "mood=very hungry"], text: "bob: hungry")
        #expect(
            written { LineEncoder.write(row: row, label: nil, into: &$0) }
                == "STATS #a member bob mood=very\\shungry :bob: hungry\r\n")
        #expect(
            written { LineEncoder.write(row: Row(kind: "AVATAR", fields: ["a", "AAAA"]), label: "x", into: &$0) }
                == "@label=x AVATAR a AAAA\r\n")
        #expect(
            written { LineEncoder.write(final: .ok(verb: "PING", fields: ["x"], text: nil), label: nil, into: &$0) }
                == "OK PING x\r\n")
        let failure = Failure(.rateLimited, fields: ["7"], words: "Wait.")
        #expect(
            written { LineEncoder.write(final: .fail(verb: "*", failure), label: "q", into: &$0) }
                == "@label=q FAIL * RATE_LIMITED 7 :Wait.\r\n")
        let event = Event(source: "alice", verb: "TOPIC", target: "#a", text: "*")
        #expect(
            written { LineEncoder.write(event: event, time: nil, messageID: nil, into: &$0) }
                == ":alice TOPIC #a :*\r\n")
        #expect(
            written { LineEncoder.write(event: event, time: 0, messageID: nil, into: &$0) }
                == "@time=1970-01-01T00:00:00.000Z :alice TOPIC #a :*\r\n")
        #expect(written { LineEncoder.write(error: "Bye", into: &$0) } == "ERROR :Bye\r\n")
    }

    @Test func messagesOnTheHotPath() {
        #expect(
            written { LineEncoder.writeMessage(author: "bob", room: "a", text: "hi", into: &$0) }
                == ":bob MSG #a :hi\r\n")
        #expect(
            written {
                LineEncoder.writeTaggedMessage(
                    author: "bob", room: "a", text: "", time: 1_764_608_534_667, id: 12, into: &$0)
            }
                == "@time=2025-12-01T17:02:14.667Z;msgid=12 :bob MSG #a :\r\n")
        #expect(
            written { LineEncoder.writeMessageOK(label: "x", room: "a", id: 9, time: 1, into: &$0) }
                == "@label=x OK MSG #a 9 1970-01-01T00:00:00.001Z\r\n")
        #expect(
            written {
                LineEncoder.writeHistory(label: nil, room: "a", id: 10, time: 0, author: nil, text: "x y", into: &$0)
            }
                == "HISTORY #a 10 1970-01-01T00:00:00.000Z * :x y\r\n")
    }

    @Test func anEmptyFieldIsAStarAndNoFieldIsTakenForText() {
        #expect(
            written { LineEncoder.write(row: Row(kind: "X", fields: ["", "a b", ":c"]), label: nil, into: &$0) }
                == "X * a\\sb c\r\n")
    }

    @Test func aLineNeverHasMoreThan8192BytesAndIsCutAtACharacter() {
        for length in [2_000, 2_730, 2_731, 5_000] {
            let line = written { LineEncoder.write(error: String(repeating: "日", count: length), into: &$0) }
            #expect(line.utf8.count <= 8_192 && line.hasSuffix("\r\n") && line.hasPrefix("ERROR :日"))
        }
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (951_868_799_999, "2000-02-29T23:59:59.999Z"), (-1, "1969-12-31T23:59:59.999Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (1_735_689_599_000, "2024-12-31T23:59:59.000Z"),
        (2_147_483_648_000, "2038-01-19T03:14:08.000Z"), (Int64.max, "9999-12-31T23:59:59.999Z"),
        (Int64.min, "0000-01-01T00:00:00.000Z"),
    ])
    func times(_ milliseconds: Int64, _ text: String) { #expect(RFC3339.string(milliseconds: milliseconds) == text) }

    @Test func plannedTimesAreWholeMinutes() {
        #expect(
            RFC3339.string(minute: 0) == "1970-01-01T00:00:00Z"
                && RFC3339.string(minute: 1_441) == "1970-01-02T00:01:00Z")
        #expect(RFC3339.string(minute: .max) == "9999-12-31T23:59:00Z")
    }
}
