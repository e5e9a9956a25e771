import LineProtocol
import Persistence

extension Command {
    static let kick = Command(
        Declaration(
            "KICK", nil,
            [.room(required: false), .word("username", required: true), .text("reason", required: false)],
            by: .room(.organizer), codes: [.noSuchUser],
            help: "Puts somebody below your own role out, until they are invited by name, and ends the room's codes."),
        .writeRoom { call, standing, transaction in
            try call.arguments.checkText(atMost: LineLimits.reason)
            let username = try call.username("username")
            let room = standing.reference
            let target = try transaction.member(named: username, in: room.id)
            guard let role = standing.role, target.role < role else {
                throw Failure.forbidden("You can only put out people below your own role.")
            }
            try transaction.removeMember(room: room.id, account: target.account.id)
            try transaction.bar(target.account.id, from: room.id)
            try transaction.removeInviteCodes(room: room.id)
            transaction.record(
                .kicked(room, target.account, by: try call.user().reference, reason: call.arguments.text))
            return Answer([standing.shown, target.account.name])
        })
}
