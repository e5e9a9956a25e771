import LineProtocol
import Persistence

extension Command {
    static let resign = Command(
        Declaration(
            "RESIGN", nil, [.room(required: false)], by: .memberOrInvited,
            help: "Gives up your membership and all your planning there, or declines an invitation."),
        .writeRoom { call, standing, transaction in
            let user = try call.user()
            if standing.role == nil {
                try transaction.removeInvitation(room: standing.reference.id, account: user.account)
            } else {
                try transaction.resign(user.reference, from: standing.reference)
            }
            return Answer([standing.shown])
        })
}
