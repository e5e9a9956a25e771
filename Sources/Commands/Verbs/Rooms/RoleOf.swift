import LineProtocol
import Persistence

extension Command {
    static let role = Command(
        Declaration(
            "ROLE", nil,
            [
                .room(required: false), .word("username", required: true),
                .word("member|organizer|owner", required: true),
            ], by: .room(.owner), codes: [.noSuchUser],
            help: "Gives somebody else a role; a new owner makes you an organizer."),
        .writeRoom { call, standing, transaction in
            let user = try call.user()
            let username = try call.username("username")
            guard let role = Role(rawValue: try call.arguments.required("member|organizer|owner").lowercased()) else {
                throw Failure.invalidParameters("A role is member, organizer or owner.")
            }
            let room = standing.reference
            let target = try transaction.member(named: username, in: room.id)
            guard target.account.id != user.account else {
                throw Failure.forbidden("Your own role changes only when you make somebody else the owner.")
            }
            if target.role != role {
                try transaction.setRole(role, room: room.id, account: target.account.id)
                transaction.record(.role(room, target.account, role, by: user.reference))
                if role == .owner {
                    try transaction.setRole(.organizer, room: room.id, account: user.account)
                    transaction.record(.role(room, user.reference, .organizer, by: user.reference))
                }
            }
            return Answer([standing.shown, target.account.name, role.rawValue])
        })
}
