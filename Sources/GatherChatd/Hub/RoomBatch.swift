import LineProtocol
import NIOCore
import Persistence
import Synchronization

/// The messages of one room out of one commit, encoded at most once for each form that somebody needs.
///
/// Shared by the event loops; the buffers are never changed after they were made, since a change would copy them
/// for each listener.
final class RoomBatch: Sendable {
    let room: RoomReference
    /// In order of ids, without a gap.
    let messages: [CommittedMessage]
    private let encodings = Mutex(Encodings())

    /// The lines of all messages, and where each of them begins.
    struct Encoding: Sendable {
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

    private struct Encodings {
        var plain: Encoding?
        var tagged: Encoding?
    }

    /// - Parameter messages: At least one, all of the same room.
    init(room: RoomReference, messages: [CommittedMessage]) {
        self.room = room
        self.messages = messages
    }

    var lastID: Int64 { messages.last?.id ?? 0 }

    /// The event lines, made when first asked for.
    func encoding(tags: Bool) -> Encoding {
        encodings.withLock { encodings in
            if let made = tags ? encodings.tagged : encodings.plain { return made }
            let made = encode(tags: tags)
            if tags { encodings.tagged = made } else { encodings.plain = made }
            return made
        }
    }

    /// The index of the first message with a larger id; the number of messages if there is none. O(1).
    func index(after id: Int64) -> Int {
        guard let first = messages.first, id >= first.id else { return 0 }
        return min(messages.count, Int(clamping: id &- first.id &+ 1))
    }

    private func encode(tags: Bool) -> Encoding {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(messages.reduce(0) { $0 + $1.text.utf8.count + 112 })
        var starts: [Int] = []
        starts.reserveCapacity(messages.count)
        for message in messages {
            starts.append(bytes.writerIndex)
            if tags {
                LineEncoder.writeTaggedMessage(
                    author: message.authorName, room: room.name, text: message.text,
                    time: message.time.milliseconds, id: message.id, into: &bytes)
            } else {
                LineEncoder.writeMessage(
                    author: message.authorName, room: room.name, text: message.text, into: &bytes)
            }
        }
        return Encoding(bytes: bytes, starts: starts)
    }
}
