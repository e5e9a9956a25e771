public import NIOCore

/// The one place that writes lines. Lines end with CRLF and have at most `LineLimits.line` bytes.
///
/// Whatever it is given, it writes one line: fields are escaped, an empty one is `*`, and a control character
/// becomes a space. Where a line would be too long its text is cut at the end of a character. Fields are
/// never cut: one that does not fit at all (a client's own word of thousands of bytes in FAIL) is written `*`.
public enum LineEncoder {
    /// `KIND field … :text`
    /// - Parameter label: Of the line that is answered.
    public static func write(row: Row, label: String?, into buffer: inout ByteBuffer) {
        let line = OutgoingLine(startingIn: buffer)
        line.write(label: label, into: &buffer)
        buffer.writeString(row.kind)
        line.write(fields: row.fields, hasText: row.text != nil, into: &buffer)
        line.end(text: row.text, into: &buffer)
    }

    /// `OK VERB field … :text` or `FAIL VERB CODE field … :words`
    /// - Parameter label: Of the line that is answered.
    public static func write(final: Final, label: String?, into buffer: inout ByteBuffer) {
        let line = OutgoingLine(startingIn: buffer)
        line.write(label: label, into: &buffer)
        switch final {
        case .ok(let verb, let fields, let text):
            buffer.writeStaticString("OK ")
            buffer.writeString(verb)
            line.write(fields: fields, hasText: text != nil, into: &buffer)
            line.end(text: text, into: &buffer)
        case .fail(let verb, let failure):
            buffer.writeStaticString("FAIL ")
            buffer.writeString(verb)
            buffer.writeSpace()
            buffer.writeString(failure.code.rawValue)
            line.write(fields: failure.fields, hasText: true, into: &buffer)
            line.end(text: failure.words, into: &buffer)
        }
    }

    /// `[@time=…[;msgid=…] ]:source VERB #room field … :text`
    /// - Parameters:
    ///   - time: Milliseconds since 1970, for a connection that wants tags.
    ///   - messageID: For MSG events of such a connection.
    public static func write(event: Event, time: Int64?, messageID: Int64?, into buffer: inout ByteBuffer) {
        let line = OutgoingLine(startingIn: buffer)
        if let time { buffer.write(time: time, messageID: messageID) }
        buffer.writeInteger(UInt8(ascii: ":"))
        buffer.writeString(event.source)
        buffer.writeSpace()
        buffer.writeString(event.verb)
        line.write(fields: CollectionOfOne(event.target), hasText: true, into: &buffer)
        line.write(fields: event.fields, hasText: event.text != nil, into: &buffer)
        line.end(text: event.text, into: &buffer)
    }

    /// `:server NOTICE #room|* :words`
    /// - Parameters:
    ///   - words: For people.
    ///   - server: The server's name.
    ///   - target: A room with its `#`, or `*`.
    ///   - time: Milliseconds since 1970, for a connection that wants tags.
    public static func write(
        notice words: String, from server: String, to target: String = "*", time: Int64? = nil,
        into buffer: inout ByteBuffer
    ) {
        write(
            event: Event(source: server, verb: "NOTICE", target: target, text: words), time: time,
            messageID: nil, into: &buffer)
    }

    /// `ERROR :words`, the last line of a connection.
    public static func write(error words: String, into buffer: inout ByteBuffer) {
        let line = OutgoingLine(startingIn: buffer)
        buffer.writeStaticString("ERROR")
        line.end(text: words, into: &buffer)
    }
}
