public import NIOCore

/// Takes words and text from the parameters of a line, from the front.
///
/// ```
/// #picnic  bob :no more of this      nextWord "#picnic", nextWord "bob", text "no more of this"
/// :#picnic                           nextWord "#picnic"
/// ```
public struct ParameterReader: Sendable {
    /// Begins with no space.
    private var rest: ByteBuffer

    /// Reads what `Request.parameters` holds: TABs are spaces already.
    public init(_ parameters: ByteBuffer) {
        rest = parameters
        skipSpaces()
    }

    /// Whether nothing but spaces is left. A `:` alone is something: an empty text.
    public var isAtEnd: Bool { rest.readableBytes == 0 }

    /// Whether the next word begins with this byte, after the `:` of a last one.
    public func begins(with byte: UInt8) -> Bool { peekWord()?.utf8.first == byte }

    /// The next word, without taking it.
    public func peekWord() -> String? {
        var copy = self
        return copy.nextWord()
    }

    /// Takes the next word; `nil` if there is none. Runs of spaces count as one; a `:` that begins the last
    /// parameter is removed, once. A word has at least one character: a last `:` alone is taken, and is none.
    public mutating func nextWord() -> String? {
        let length = rest.withUnsafeReadableBytes {
            ByteScan.firstIndex(of: 0x20, in: $0, from: 0) ?? $0.count
        }
        guard length > 0, var word = rest.readSlice(length: length) else { return nil }
        skipSpaces()
        if isAtEnd, word.getInteger(at: word.readerIndex) == UInt8(ascii: ":") {
            word.moveReaderIndex(forwardBy: 1)
        }
        return word.readableBytes > 0 ? String(buffer: word) : nil
    }

    /// Takes the rest of the line; `nil` if nothing is left, and empty after a `:` alone.
    ///
    /// After a `:`, which is removed once, it is exact to its last space; without one, spaces at both ends
    /// are dropped. Inner spaces stay.
    public mutating func text() -> String? {
        guard !isAtEnd else { return nil }
        defer { rest = ByteBuffer() }
        if rest.getInteger(at: rest.readerIndex) == UInt8(ascii: ":") {
            rest.moveReaderIndex(forwardBy: 1)
            return String(buffer: rest)
        }
        let length = rest.withUnsafeReadableBytes { bytes in
            var end = bytes.count
            while end > 0, bytes[end - 1] == 0x20 { end -= 1 }
            return end
        }
        return rest.readString(length: length)
    }

    private mutating func skipSpaces() {
        let spaces = rest.withUnsafeReadableBytes { bytes in
            var count = 0
            while count < bytes.count, bytes[count] == 0x20 { count += 1 }
            return count
        }
        rest.moveReaderIndex(forwardBy: spaces)
    }
}

extension ParameterReader: CustomStringConvertible, CustomReflectable {
    /// The number of bytes left: they may be a password.
    public var description: String { "\(rest.readableBytes) bytes of parameters" }

    /// As ``description``.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
