import LineProtocol
import Persistence

extension Command {
    static let info = Command(
        Declaration(
            "INFO", nil, [.room(required: false)], by: .roomVisitor,
            help: "Tells a room's owner, access, size, messages and topic."),
        .readRoom { _, standing, transaction in
            let room = standing.room
            let owner = try transaction.owner(of: room.reference.id)
            return Answer(
                [
                    standing.shown, owner?.name ?? "*", room.access.rawValue,
                    String(try transaction.memberCount(room: room.reference.id)), String(room.firstID),
                    String(room.lastID), RFC3339.string(milliseconds: room.created.milliseconds),
                ], text: room.topic ?? "*")
        })
}
