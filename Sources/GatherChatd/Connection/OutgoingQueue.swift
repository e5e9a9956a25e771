import NIOCore

/// What waits to be written to one connection, whole lines in the order in which the client reads them.
///
/// Answers and events are kept in one order, but counted apart: events that a reader does not take end the
/// connection, its own answers only stop it from being read. Events that fall due while an answer is being given a
/// page at a time wait behind that answer.
struct OutgoingQueue {
    private struct Chunk {
        var bytes: ByteBuffer
        let isEvent: Bool
    }

    // Mostly empty: with room for sixteen, as they begin by themselves, they would hold a kilobyte of each connection.
    private var chunks = CircularBuffer<Chunk>(initialCapacity: 1)
    private var held = CircularBuffer<ByteBuffer>(initialCapacity: 1)
    /// An answer in pages is under way; events are held behind it.
    private(set) var isAnswering = false
    /// Bytes of events not handed to the channel.
    private(set) var eventBytes = 0
    /// Bytes of answers not handed to the channel.
    private(set) var answerBytes = 0

    /// Nothing can be handed to the channel. (Events may be held behind an answer.)
    var isEmpty: Bool { chunks.isEmpty }

    /// Whether an event may be written straight to the channel without overtaking anything.
    var isPassable: Bool { chunks.isEmpty && !isAnswering }

    mutating func append(answer bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        answerBytes += bytes.readableBytes
        chunks.append(Chunk(bytes: bytes, isEvent: false))
    }

    mutating func append(event bytes: ByteBuffer) {
        guard bytes.readableBytes > 0 else { return }
        eventBytes += bytes.readableBytes
        if isAnswering {
            held.append(bytes)
        } else {
            chunks.append(Chunk(bytes: bytes, isEvent: true))
        }
    }

    mutating func beginAnswer() { isAnswering = true }

    mutating func endAnswer() {
        isAnswering = false
        while let bytes = held.popFirst() { chunks.append(Chunk(bytes: bytes, isEvent: true)) }
    }

    /// Takes the next bytes for the channel: what was appended together, or a piece of it.
    mutating func next(answerPiece: Int, eventPiece: Int) -> ByteBuffer? {
        guard var chunk = chunks.popFirst() else { return nil }
        let most = chunk.isEvent ? eventPiece : answerPiece
        var bytes = chunk.bytes
        if bytes.readableBytes > most, let piece = chunk.bytes.readSlice(length: most) {
            bytes = piece
            chunks.prepend(chunk)
        }
        if chunk.isEvent { eventBytes -= bytes.readableBytes } else { answerBytes -= bytes.readableBytes }
        return bytes
    }

    /// Forgets all that waits: the connection ends, and only its last line matters.
    mutating func removeAll() {
        self = OutgoingQueue()
    }
}
