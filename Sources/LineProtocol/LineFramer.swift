public import NIOCore

/// Finds lines in a stream of bytes: ended by LF or CRLF, at most `LineLimits.line` bytes with their ending.
///
/// Lines are slices of what was read, not copies. A longer line is dropped as it comes, and reported once, at
/// its end. Every byte is looked at once, and an idle framer holds no memory. How the bytes were cut into
/// reads makes no difference.
///
/// After each `append`, take lines until `next` answers `nil`, or leave them here and read no more from the
/// socket: the framer never refuses bytes, so whoever fills it bounds it.
public struct LineFramer: Sendable {
    /// What came out of the stream.
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

    /// A framer at the beginning of a stream.
    public init() {}

    /// Adds what was read; the bytes are taken from `bytes`, its memory too where nothing is held.
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

    /// Gives up what is held, also of an unfinished line: for the end of the connection.
    public mutating func release() {
        buffer = ByteBuffer()
        scanned = 0
    }

    /// Bytes that are held: of an unfinished line, or of lines not yet taken.
    public var heldBytes: Int { buffer.readableBytes }

    private mutating func nextLine() -> Frame? {
        guard let length = lineEnd() else {
            guard buffer.readableBytes >= LineLimits.line else {
                shrink()
                return nil
            }
            return skip(0, Request.label(ofHead: buffer))
        }
        guard length < LineLimits.line else { return skip(0, Request.label(ofHead: buffer), end: length) }
        guard var line = buffer.readSlice(length: length) else { return nil }
        drop(1)
        if length > 0, line.getInteger(at: line.writerIndex - 1, as: UInt8.self) == UInt8(ascii: "\r") {
            line.moveWriterIndex(to: line.writerIndex - 1)
        }
        return .line(line)
    }

    private mutating func skip(_ bytes: Int, _ label: String?) -> Frame? {
        skip(bytes, label, end: lineEnd())
    }

    private mutating func skip(_ bytes: Int, _ label: String?, end: Int?) -> Frame? {
        // `bytes` is at most the limit and the buffer is memory, so the sum is far from overflowing.
        let total = bytes &+ (end ?? buffer.readableBytes)
        guard total <= LineLimits.unended else {
            release()
            state = .flooded
            return .flooded
        }
        guard let end else {
            release()
            state = .skipping(bytes: total, label: label)
            return nil
        }
        drop(end + 1)
        state = .reading
        return .tooLong(label: label)
    }

    /// How many bytes are before the first LF, looking only at bytes not yet looked at.
    private mutating func lineEnd() -> Int? {
        let end = buffer.withUnsafeReadableBytes {
            ByteScan.firstIndex(of: UInt8(ascii: "\n"), in: $0, from: scanned)
        }
        scanned = end ?? buffer.readableBytes
        return end
    }

    private mutating func drop(_ bytes: Int) {
        buffer.moveReaderIndex(forwardBy: bytes)
        scanned = 0
        if buffer.readableBytes == 0 { buffer = ByteBuffer() }
    }

    /// Moves the few bytes of an unfinished line out of the large buffer of a read: ten thousand connections
    /// that stop in the middle of a line cost ten thousand lines, not reads.
    private mutating func shrink() {
        let bytes = buffer.readableBytes
        if bytes > 0, bytes <= 1_024, buffer.storageCapacity >= 8_192 {
            buffer = ByteBuffer(bytes: buffer.readableBytesView)
        }
    }
}
