/// A message on its way to the disk.
public struct MessageDraft: Sendable, Equatable {
    /// The folded name of the room.
    public let room: String
    /// How the author wrote it: an answer about a room that is not there repeats it.
    public let typedRoom: String
    public let author: AccountID
    public let authorName: String
    public let text: String
    /// With it the same message may come again: it is stored once.
    public let once: String?
    /// Comes back with the outcome.
    public let label: String?
    public let origin: Origin

    public init(
        room: String, typedRoom: String, author: AccountID, authorName: String, text: String, once: String?,
        label: String?, origin: Origin
    ) {
        self.room = room
        self.typedRoom = typedRoom
        self.author = author
        self.authorName = authorName
        self.text = text
        self.once = once
        self.label = label
        self.origin = origin
    }
}

/// A message on disk.
public struct CommittedMessage: Sendable, Equatable {
    public let room: RoomReference
    /// The room's own, 1, 2, 3 … without gaps.
    public let id: Int64
    public let time: Timestamp
    public let authorName: String
    public let text: String
    public let label: String?
    public let origin: Origin
    /// The same person, room and key were stored before: id and time are those of then.
    public let isRepeat: Bool
}

extension CommittedMessage {
    /// - Parameter time: In ms since 1970.
    init(_ draft: MessageDraft, room: RoomReference, id: Int64, time: Int64, isRepeat: Bool = false) {
        self.init(
            room: room, id: id, time: Timestamp(milliseconds: time), authorName: draft.authorName, text: draft.text,
            label: draft.label, origin: draft.origin, isRepeat: isRepeat)
    }
}

/// Why a message was not stored.
public enum MessageRefusal: Sendable, Equatable {
    /// There is none, or the author may not know of it.
    case noSuchRoom
    case notAMember(RoomReference)
    /// The store could not; nothing was done.
    case unavailable
    /// Too much waits for the store; nothing was done.
    case overloaded
    /// The store cannot tell whether it was done.
    case unknownOutcome
}

/// What became of one operation of a batch.
public enum BatchItem: Sendable, Equatable {
    case message(CommittedMessage)
    case refused(MessageDraft, MessageRefusal)
    case change(Change, origin: Origin?)
}

extension [BatchItem] {
    /// Messages that were not stored before.
    var messageCount: Int {
        count { item in
            if case .message(let message) = item { !message.isRepeat } else { false }
        }
    }
}

/// One group commit, in commit order.
public struct CommittedBatch: Sendable, Equatable {
    public let items: [BatchItem]

    public init(items: [BatchItem]) { self.items = items }
}
