import LineProtocol
import Persistence

extension Command {
    static let delete = Command(
        Declaration(
            "DELETE", nil, [.room(required: true)], by: .room(.owner),
            help: "Erases a room with all that is in it."),
        .writeRoom { call, standing, transaction in
            let room = standing.reference
            let members = try transaction.memberIDs(room: room.id)
            try transaction.eraseRoom(room.id)
            transaction.record(.deleted(room, by: try call.user().reference, members: members))
            return Answer([standing.shown])
        })
}
