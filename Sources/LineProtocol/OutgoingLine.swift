import NIOCore

/// A line that is being written at the end of a buffer: where it began, so that its length can be kept.
struct OutgoingLine {
    private let start: Int
    /// Bytes of a line without CRLF.
    private static let most = LineLimits.line - 2

    /// A line that begins where `buffer` ends now.
    init(startingIn buffer: ByteBuffer) {
        start = buffer.writerIndex
    }

    /// `@label=x `; nothing without a label.
    func write(label: String?, into buffer: inout ByteBuffer) {
        guard let label else { return }
        buffer.writeStaticString("@label=")
        buffer.writeString(label)
        buffer.writeSpace()
    }

    /// Writes each field with a space before it.
    /// - Parameter hasText: Whether a text follows, whose ` :` has to fit as well.
    func write(fields: some Collection<String>, hasText: Bool, into buffer: inout ByteBuffer) {
        // Each of the fields that follow needs at least " *".
        var reserved = 2 * fields.count + (hasText ? 2 : 0)
        for field in fields {
            reserved -= 2
            buffer.writeSpace()
            let fieldStart = buffer.writerIndex
            buffer.writeField(field)
            if buffer.writerIndex - start > Self.most - reserved {
                buffer.moveWriterIndex(to: fieldStart)
                buffer.writeInteger(UInt8(ascii: "*"))
            }
        }
    }

    /// Writes the text, as much of it as fits, and the line's ending.
    func end(text: String?, into buffer: inout ByteBuffer) {
        if let text {
            buffer.writeStaticString(" :")
            let textStart = buffer.writerIndex
            let room = max(0, Self.most - (textStart - start))
            if text.utf8.count <= room {
                buffer.writeString(text)
            } else {
                buffer.writeSubstring(text.prefix(bytes: room))
            }
            buffer.blankControls(from: textStart)
        }
        buffer.writeStaticString("\r\n")
    }
}

extension ByteBuffer {
    mutating func writeSpace() { writeInteger(UInt8(ascii: " ")) }

    /// `@time=…;msgid=… `
    mutating func write(time: Int64, messageID: Int64?) {
        writeStaticString("@time=")
        RFC3339.write(milliseconds: time, into: &self)
        if let messageID {
            writeStaticString(";msgid=")
            writeDecimal(messageID)
        }
        writeSpace()
    }

    /// The number as the protocol writes numbers: decimal, without leading zeros or separators.
    mutating func writeDecimal(_ number: Int64) {
        if number < 0 { writeInteger(UInt8(ascii: "-")) }
        // 19 digits are enough for 2⁶³.
        writeWithUnsafeMutableBytes(minimumWritableBytes: 19) { target in
            var rest = number.magnitude
            var count = 1
            while rest >= 10 {
                rest /= 10
                count += 1
            }
            rest = number.magnitude
            for offset in stride(from: count - 1, through: 0, by: -1) {
                target[offset] = UInt8(ascii: "0") | UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            return count
        }
    }

    /// One field, escaped; `*` if it is empty.
    ///
    /// A field that began with `:` would be read as the text, and there is no escape for a colon: it is written
    /// without those in front.
    fileprivate mutating func writeField(_ whole: String) {
        let isText = whole.utf8.first == UInt8(ascii: ":")
        let field =
            isText ? String(decoding: whole.utf8.drop { $0 == UInt8(ascii: ":") }, as: UTF8.self) : whole
        guard !field.isEmpty else {
            writeInteger(UInt8(ascii: "*"))
            return
        }
        if field.utf8.contains(where: \.isControl) {
            let clean = String(decoding: field.utf8.map { $0.isControl ? 0x20 : $0 }, as: UTF8.self)
            writeString(FieldEscape.escape(clean))
        } else {
            writeString(FieldEscape.escape(field))
        }
    }

    /// Turns control characters of a text into spaces. Texts of clients have none (`LineCheck`); this is for
    /// what came from elsewhere, an error of a library say, so that it never breaks a line.
    fileprivate mutating func blankControls(from start: Int) {
        let offset = start - readerIndex
        guard offset >= 0 else { return }
        var found = withUnsafeReadableBytes { ByteScan.firstControl(in: $0, from: offset) }
        while let control = found {
            setInteger(UInt8(ascii: " "), at: readerIndex + control)
            found = withUnsafeReadableBytes { ByteScan.firstControl(in: $0, from: control + 1) }
        }
    }
}

extension String {
    /// The longest beginning of whole characters with at most so many bytes.
    fileprivate func prefix(bytes: Int) -> Substring {
        var end = startIndex
        var left = bytes
        for character in self {
            left -= character.utf8.count
            guard left >= 0 else { break }
            end = index(after: end)
        }
        return self[..<end]
    }
}
