import LineProtocol
import Persistence

extension Command {
    static let access = Command(
        Declaration(
            "ACCESS", nil, [.room(required: false), .word("invite|open", required: true)], by: .room(.owner),
            help: "Lets anybody in, or only by invitation."),
        .writeRoom { call, standing, transaction in
            guard let access = RoomAccess(rawValue: try call.arguments.required("invite|open").lowercased()) else {
                throw Failure.invalidParameters("Say INVITE or OPEN.")
            }
            try transaction.setAccess(access, room: standing.reference.id)
            transaction.record(.access(standing.reference, by: try call.user().reference, access: access))
            return Answer([standing.shown, access.rawValue])
        })
}
