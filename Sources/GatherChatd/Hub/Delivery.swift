import LineProtocol
import Persistence

/// One commit, as the event loops hand it to their connections: in commit order, with each room's messages between
/// two changes gathered, so that a listener gets them in one write.
struct Delivery: Sendable {
    enum Segment: Sendable {
        case messages(MessageSegment)
        case change(ChangeDelivery)
    }

    let segments: [Segment]

    init(_ batch: CommittedBatch, serverName: String, now: Timestamp) {
        if let only = MessageSegment(only: batch) {
            segments = [.messages(only)]
            return
        }
        var segments: [Segment] = []
        var gathering = MessageSegment.Builder()
        for item in batch.items {
            switch item {
            case .message(let message): gathering.add(message)
            case .refused(let draft, let refusal): gathering.add(draft, refusal)
            case .change(let change, let origin):
                if let messages = gathering.take() { segments.append(.messages(messages)) }
                for delivery in ChangeDelivery.all(of: change, origin: origin, serverName: serverName, now: now) {
                    segments.append(.change(delivery))
                }
            }
        }
        if let messages = gathering.take() { segments.append(.messages(messages)) }
        self.segments = segments
    }
}

/// Messages between two changes: what their listeners hear, and what their senders are answered.
struct MessageSegment: Sendable {
    enum Outcome: Sendable {
        /// On disk, and an event for the listeners: the message with this index in the room batch with this index.
        case stored(room: Int, message: Int)
        /// The same person, room and `@once` key were stored before; the first answer again, and no event.
        case repeated(CommittedMessage)
        case refused(MessageDraft, MessageRefusal)
    }

    let rooms: [RoomBatch]
    /// In commit order.
    let outcomes: [Outcome]

    struct Builder {
        private var references: [RoomReference] = []
        private var messages: [[CommittedMessage]] = []
        private var indexes: [RoomID: Int] = [:]
        /// Of the room of the last message: mostly that of the next one as well.
        private var latest: Int?
        private var outcomes: [Outcome] = []

        mutating func add(_ message: CommittedMessage) {
            guard !message.isRepeat else {
                outcomes.append(.repeated(message))
                return
            }
            let index: Int
            if let latest, references[latest].id == message.room.id {
                index = latest
            } else if let known = indexes[message.room.id] {
                index = known
            } else {
                index = references.count
                indexes[message.room.id] = index
                references.append(message.room)
                messages.append([])
            }
            latest = index
            outcomes.append(.stored(room: index, message: messages[index].count))
            messages[index].append(message)
        }

        mutating func add(_ draft: MessageDraft, _ refusal: MessageRefusal) {
            outcomes.append(.refused(draft, refusal))
        }

        /// What was gathered, if anything; begins anew.
        mutating func take() -> MessageSegment? {
            guard !outcomes.isEmpty else { return nil }
            defer { self = Builder() }
            let rooms = zip(references, messages).map { RoomBatch(room: $0, messages: $1) }
            return MessageSegment(rooms: rooms, outcomes: outcomes)
        }
    }
}

extension MessageSegment {
    /// A commit of one message, as most are where little is said: without what gathering takes. `nil` for any other.
    init?(only batch: CommittedBatch) {
        guard batch.items.count == 1, case .message(let message) = batch.items[0], !message.isRepeat else { return nil }
        rooms = [RoomBatch(room: message.room, messages: [message])]
        outcomes = [.stored(room: 0, message: 0)]
    }

    /// Whose line the outcome answers.
    func origin(of outcome: Outcome) -> Origin {
        switch outcome {
        case .stored(let room, let message): rooms[room].messages[message].origin
        case .repeated(let message): message.origin
        case .refused(let draft, _): draft.origin
        }
    }
}
