public import NIOCore

/// Finds lines in a stream of bytes: ended by LF or CRLF, at most `LineLimits.line` bytes with their ending.
///
/// Lines are slices of what was read, not copies. A longer line is dropped as it comes, and reported once, at its
/// end. Every byte is looked at once, and an idle framer holds no memory.
public struct LineFramer: Sendable {
    public enum Frame: Sendable, Equatable {
        /// Without its ending; may be empty.
        case line(ByteBuffer)
        /// A line that was too long, with the label it had if its tags could be read.
        case tooLong(label: String?)
        /// More than `LineLimits.unended` bytes without a line end. Nothing comes after it.
        case flooded
    }

    private enum State: Equatable {
        case reading
        /// In a line that is too long: how much of it was dropped.
        case skipping(bytes: Int, label: String?)
        case flooded
    }

    private var buffer = ByteBuffer()
    /// Bytes of the buffer that hold no line end.
    private var scanned = 0
    private var state = State.reading

    public init() {}

    /// Adds what was read; the bytes are taken from `bytes`.
    public mutating func append(_ bytes: inout ByteBuffer) {
        guard state != .flooded, bytes.readableBytes > 0 else { return }
        if buffer.readableBytes == 0 {
            buffer = bytes
            bytes = ByteBuffer()
        } else {
            buffer.discardReadBytes()
            buffer.writeBuffer(&bytes)
        }
    }

    /// The next line, if there is a whole one.
    public mutating func next() -> Frame? {
        switch state {
        case .reading: return nextLine()
        case .skipping(let bytes, let label): return skip(bytes, label)
        case .flooded: return nil
        }
    }

    /// Gives up what is held.
    public mutating func release() {
        buffer = ByteBuffer()
        scanned = 0
    }

    /// Bytes that are held: of an unfinished line, or of lines not yet taken.
    public var heldBytes: Int { buffer.readableBytes }

    private mutating func nextLine() -> Frame? {
        guard let length = lineEnd() else {
            guard buffer.readableBytes >= LineLimits.line else { return nil }
            let label = Request.label(ofHead: buffer)
            return skip(0, label)
        }
        guard length + 1 <= LineLimits.line else {
            let label = Request.label(ofHead: buffer)
            drop(length + 1)
            return .tooLong(label: label)
        }
        guard var line = buffer.readSlice(length: length) else { return nil }
        drop(1)
        if length > 0, line.getInteger(at: line.writerIndex - 1, as: UInt8.self) == UInt8(ascii: "\r") {
            line.moveWriterIndex(to: line.writerIndex - 1)
        }
        return .line(line)
    }

    private mutating func skip(_ bytes: Int, _ label: String?) -> Frame? {
        if let length = lineEnd(), bytes + length < LineLimits.unended {
            drop(length + 1)
            state = .reading
            return .tooLong(label: label)
        }
        let dropped = bytes + buffer.readableBytes
        release()
        guard dropped < LineLimits.unended else {
            state = .flooded
            return .flooded
        }
        state = .skipping(bytes: dropped, label: label)
        return nil
    }

    /// How many bytes are before the first LF, looking only at bytes not yet looked at.
    private mutating func lineEnd() -> Int? {
        let view = buffer.readableBytesView
        guard let index = view[(view.startIndex + scanned)...].firstIndex(of: UInt8(ascii: "\n")) else {
            scanned = view.count
            return nil
        }
        return index - view.startIndex
    }

    private mutating func drop(_ bytes: Int) {
        buffer.moveReaderIndex(forwardBy: bytes)
        scanned = 0
        if buffer.readableBytes == 0 { buffer = ByteBuffer() }
    }
}
