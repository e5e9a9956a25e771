public import NIOCore

/// Takes words and text from the parameters of a line, from the front.
public struct ParameterReader: Sendable {
    private var rest: ByteBuffer

    public init(_ parameters: ByteBuffer) {
        rest = parameters
        rest.skipSpaces()
    }

    /// Whether nothing but spaces is left.
    public var isAtEnd: Bool { rest.readableBytes == 0 }

    /// The next word, without taking it.
    public func peekWord() -> String? {
        var copy = self
        return copy.nextWord()
    }

    /// Takes the next word. Runs of spaces count as one; a `:` that begins the last parameter is removed.
    public mutating func nextWord() -> String? {
        guard var word = rest.readWord() else { return nil }
        rest.skipSpaces()
        if isAtEnd && word.firstByte == UInt8(ascii: ":") && word.readableBytes > 1 {
            word.moveReaderIndex(forwardBy: 1)
        }
        return String(buffer: word)
    }

    /// Takes the rest of the line.
    ///
    /// After a `:`, which is removed once, it is exact to its last space; without one, spaces at both ends are
    /// dropped. Inner spaces stay.
    public mutating func text() -> String? {
        guard !isAtEnd else { return nil }
        defer { rest.clear() }
        if rest.firstByte == UInt8(ascii: ":") {
            rest.moveReaderIndex(forwardBy: 1)
            return String(buffer: rest)
        }
        let trailing = rest.readableBytesView.reversed().prefix { $0 == UInt8(ascii: " ") }.count
        rest.moveWriterIndex(to: rest.writerIndex - trailing)
        return String(buffer: rest)
    }
}
