import LineProtocol
import NIOCore
import Persistence

/// The event lines of a `RoomBatch` as one event loop hands them out, encoded at most once for each form that somebody
/// needs.
///
/// Each loop has its own, though the bytes are the same: a buffer that several loops hand out at the same time has one
/// count of references, and its cache line then wanders between the cores with every listener, which costs more than
/// encoding. The buffers are never changed after they were made, since a change would copy them for each listener.
final class RoomLines {
    let batch: RoomBatch
    private var plain: Encoding?
    private var tagged: Encoding?

    /// The lines of all messages, and where each of them begins.
    struct Encoding {
        let bytes: ByteBuffer
        let starts: [Int]

        /// The lines from the message with this index on. O(1).
        func suffix(from index: Int) -> ByteBuffer {
            guard index > 0 else { return bytes }
            guard index < starts.count else { return ByteBuffer() }
            return bytes.getSlice(at: starts[index], length: bytes.writerIndex - starts[index]) ?? ByteBuffer()
        }

        /// The line of one message. O(1).
        func line(_ index: Int) -> ByteBuffer {
            let end = index + 1 < starts.count ? starts[index + 1] : bytes.writerIndex
            return bytes.getSlice(at: starts[index], length: end - starts[index]) ?? ByteBuffer()
        }
    }

    init(_ batch: RoomBatch) { self.batch = batch }

    /// The event lines, made when first asked for.
    func encoding(tags: Bool) -> Encoding {
        if let made = tags ? tagged : plain { return made }
        let made = encode(tags: tags)
        if tags { tagged = made } else { plain = made }
        return made
    }

    private func encode(tags: Bool) -> Encoding {
        let (name, messages) = (batch.room.name, batch.messages)
        var bytes = ByteBuffer()
        bytes.reserveCapacity(messages.reduce(0) { $0 + $1.text.utf8.count + 112 })
        var starts: [Int] = []
        starts.reserveCapacity(messages.count)
        for message in messages {
            starts.append(bytes.writerIndex)
            if tags {
                LineEncoder.writeTaggedMessage(
                    author: message.authorName, room: name, text: message.text, time: message.time.milliseconds,
                    id: message.id, into: &bytes)
            } else {
                LineEncoder.writeMessage(author: message.authorName, room: name, text: message.text, into: &bytes)
            }
        }
        return Encoding(bytes: bytes, starts: starts)
    }
}
