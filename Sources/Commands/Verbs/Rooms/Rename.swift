import LineProtocol
import Persistence

extension Command {
    static let rename = Command(
        Declaration(
            "RENAME", nil, [.room(required: true), .word("#new", required: true)], by: .room(.owner),
            codes: [.invalidRoom, .roomExists],
            help: "Gives a room another name; members, messages and codes stay."),
        .writeRoom { call, standing, transaction in
            let name = try RoomName.forNewRoom(call.arguments.required("#new"))
            if let other = try transaction.room(named: name.folded), other.reference.id != standing.reference.id {
                throw Failure.roomExists(name)
            }
            let old = standing.reference
            try transaction.renameRoom(old.id, name: name.shown, folded: name.folded)
            transaction.record(
                .renamed(
                    old, to: RoomReference(id: old.id, name: name.shown), by: try call.user().reference,
                    members: try transaction.memberIDs(room: old.id)))
            return Answer([standing.shown, name.description])
        })
}
