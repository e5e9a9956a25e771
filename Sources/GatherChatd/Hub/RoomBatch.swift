import Commands
import Persistence

/// The messages of one room out of one commit. Shared by the event loops.
final class RoomBatch: Sendable {
    let room: RoomReference
    /// In order of ids, without a gap.
    let messages: [CommittedMessage]

    /// - Parameter messages: At least one, all of the same room.
    init(room: RoomReference, messages: [CommittedMessage]) {
        self.room = room
        self.messages = messages
    }

    var lastID: Int64 { messages.last?.id ?? 0 }

    /// The index of the first message with a larger id; the number of messages if there is none. O(1).
    func index(after id: Int64) -> Int {
        guard let first = messages.first, id >= first.id else { return 0 }
        return min(messages.count, Int(clamping: id &- first.id &+ 1))
    }
}
