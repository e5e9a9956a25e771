public import NIOCore

/// Messages, of which there are many: the bytes of a line go into the buffer without anything in between.
/// Rooms are given by the name they show, without their `#`.
extension LineEncoder {
    /// `:author MSG #room :text`
    public static func writeMessage(
        author: String, room: String, text: String, into buffer: inout ByteBuffer
    ) {
        let line = OutgoingLine(startingIn: buffer)
        buffer.writeMessageHead(author: author, room: room)
        line.end(text: text, into: &buffer)
    }

    /// `@time=…;msgid=… :author MSG #room :text`
    /// - Parameters:
    ///   - time: Milliseconds since 1970.
    ///   - id: Of the message in its room.
    public static func writeTaggedMessage(
        author: String, room: String, text: String, time: Int64, id: Int64, into buffer: inout ByteBuffer
    ) {
        let line = OutgoingLine(startingIn: buffer)
        buffer.write(time: time, messageID: id)
        buffer.writeMessageHead(author: author, room: room)
        line.end(text: text, into: &buffer)
    }

    /// `OK MSG #room id time`
    /// - Parameters:
    ///   - label: Of the line that is answered.
    ///   - id: Of the message in its room.
    ///   - time: Milliseconds since 1970.
    public static func writeMessageOK(
        label: String?, room: String, id: Int64, time: Int64, into buffer: inout ByteBuffer
    ) {
        let line = OutgoingLine(startingIn: buffer)
        line.write(label: label, into: &buffer)
        buffer.writeStaticString("OK MSG #")
        buffer.writeNumbered(room: room, id: id, time: time)
        line.end(text: nil, into: &buffer)
    }

    /// `HISTORY #room id time author|* :text`
    /// - Parameters:
    ///   - label: Of the line that is answered.
    ///   - id: Of the message in its room.
    ///   - time: Milliseconds since 1970.
    ///   - author: `nil` if the account is gone.
    public static func writeHistory(
        label: String?, room: String, id: Int64, time: Int64, author: String?, text: String,
        into buffer: inout ByteBuffer
    ) {
        let line = OutgoingLine(startingIn: buffer)
        line.write(label: label, into: &buffer)
        buffer.writeStaticString("HISTORY #")
        buffer.writeNumbered(room: room, id: id, time: time)
        buffer.writeSpace()
        buffer.writeString(author ?? "*")
        line.end(text: text, into: &buffer)
    }
}

extension ByteBuffer {
    fileprivate mutating func writeMessageHead(author: String, room: String) {
        writeInteger(UInt8(ascii: ":"))
        writeString(author)
        writeStaticString(" MSG #")
        writeString(room)
    }

    fileprivate mutating func writeNumbered(room: String, id: Int64, time: Int64) {
        writeString(room)
        writeSpace()
        writeDecimal(id)
        writeSpace()
        RFC3339.write(milliseconds: time, into: &self)
    }
}
