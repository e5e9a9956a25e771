public import NIOCore

/// The one place that writes lines. Lines end with CRLF and have at most `LineLimits.line` bytes: where one would
/// be longer, its text is cut at a character; fields are never cut.
public enum LineEncoder {
    public static func write(row: Row, label: String?, into buffer: inout ByteBuffer) {
        let start = buffer.writerIndex
        buffer.write(label: label)
        buffer.writeString(row.kind)
        buffer.write(fields: row.fields)
        buffer.end(text: row.text, lineFrom: start)
    }

    public static func write(final: Final, label: String?, into buffer: inout ByteBuffer) {
        let start = buffer.writerIndex
        buffer.write(label: label)
        switch final {
        case .ok(let verb, let fields, let text):
            buffer.writeStaticString("OK ")
            buffer.writeString(verb)
            buffer.write(fields: fields)
            buffer.end(text: text, lineFrom: start)
        case .fail(let verb, let failure):
            buffer.writeStaticString("FAIL ")
            buffer.writeString(verb)
            buffer.writeSpace()
            buffer.writeString(failure.code.rawValue)
            buffer.write(fields: failure.fields)
            buffer.end(text: failure.words, lineFrom: start)
        }
    }

    /// - Parameters:
    ///   - time: Milliseconds since 1970, for a connection that wants tags.
    ///   - messageID: For MSG events of such a connection.
    public static func write(event: Event, time: Int64?, messageID: Int64?, into buffer: inout ByteBuffer) {
        let start = buffer.writerIndex
        if let time { buffer.write(time: time, messageID: messageID) }
        buffer.writeInteger(UInt8(ascii: ":"))
        buffer.writeString(event.source)
        buffer.writeSpace()
        buffer.writeString(event.verb)
        buffer.writeSpace()
        buffer.writeString(event.target)
        buffer.write(fields: event.fields)
        buffer.end(text: event.text, lineFrom: start)
    }

    /// The last line of a connection.
    public static func write(error words: String, into buffer: inout ByteBuffer) {
        let start = buffer.writerIndex
        buffer.writeStaticString("ERROR")
        buffer.end(text: words, lineFrom: start)
    }

    // MARK: The hot path, without anything in between

    /// `:author MSG #room :text`
    public static func writeMessage(author: String, room: String, text: String, into buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(ascii: ":"))
        buffer.writeString(author)
        buffer.writeStaticString(" MSG #")
        buffer.writeString(room)
        buffer.writeStaticString(" :")
        buffer.writeString(text)
        buffer.writeStaticString("\r\n")
    }

    /// `@time=…;msgid=… :author MSG #room :text`
    public static func writeTaggedMessage(
        author: String, room: String, text: String, time: Int64, id: Int64, into buffer: inout ByteBuffer
    ) {
        buffer.write(time: time, messageID: id)
        writeMessage(author: author, room: room, text: text, into: &buffer)
    }

    /// `OK MSG #room id time`
    public static func writeMessageOK(
        label: String?, room: String, id: Int64, time: Int64, into buffer: inout ByteBuffer
    ) {
        buffer.write(label: label)
        buffer.writeStaticString("OK MSG #")
        buffer.writeString(room)
        buffer.writeSpace()
        buffer.write(number: id)
        buffer.writeSpace()
        RFC3339.write(milliseconds: time, into: &buffer)
        buffer.writeStaticString("\r\n")
    }

    /// `HISTORY #room id time author|* :text`
    public static func writeHistory(
        label: String?, room: String, id: Int64, time: Int64, author: String?, text: String,
        into buffer: inout ByteBuffer
    ) {
        buffer.write(label: label)
        buffer.writeStaticString("HISTORY #")
        buffer.writeString(room)
        buffer.writeSpace()
        buffer.write(number: id)
        buffer.writeSpace()
        RFC3339.write(milliseconds: time, into: &buffer)
        buffer.writeSpace()
        buffer.writeString(author ?? "*")
        buffer.writeStaticString(" :")
        buffer.writeString(text)
        buffer.writeStaticString("\r\n")
    }
}

extension ByteBuffer {
    fileprivate mutating func writeSpace() { writeInteger(UInt8(ascii: " ")) }

    fileprivate mutating func write(label: String?) {
        guard let label else { return }
        writeStaticString("@label=")
        writeString(label)
        writeSpace()
    }

    fileprivate mutating func write(time: Int64, messageID: Int64?) {
        writeStaticString("@time=")
        RFC3339.write(milliseconds: time, into: &self)
        if let messageID {
            writeStaticString(";msgid=")
            write(number: messageID)
        }
        writeSpace()
    }

    /// A field is never empty, never holds a space, and never begins as a text does.
    fileprivate mutating func write(fields: [String]) {
        for field in fields {
            writeSpace()
            let kept = field.utf8.first == UInt8(ascii: ":") ? String(field.drop { $0 == ":" }) : field
            writeString(kept.isEmpty ? "*" : FieldEscape.escape(kept))
        }
    }

    fileprivate mutating func write(number: Int64) {
        if number >= 0 && number < 10 {
            writeInteger(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number))
        } else {
            writeString(String(number))
        }
    }

    /// Writes the text, as much of it as the line can hold, and the line's ending.
    fileprivate mutating func end(text: String?, lineFrom start: Int) {
        if let text {
            writeStaticString(" :")
            let room = LineLimits.line - 2 - (writerIndex - start)
            if text.utf8.count <= room {
                writeString(text)
            } else {
                writeString(text.prefixOfBytes(max(0, room)))
            }
        }
        writeStaticString("\r\n")
    }
}

extension String {
    /// The longest beginning of whole characters with at most so many bytes.
    fileprivate func prefixOfBytes(_ bytes: Int) -> String {
        var prefix = ""
        var count = 0
        for character in self {
            count += character.utf8.count
            if count > bytes { break }
            prefix.append(character)
        }
        return prefix
    }
}
