import LineProtocol
import Persistence

extension Command {
    static let mood = Command(
        Declaration(
            "MOOD", nil, [.room(required: false), .text("text", required: false)], by: .room(.member),
            help: "Tells the group what you are in the mood for; * takes it away, nothing shows it."),
        .writeRoom { call, standing, transaction in
            let user = try call.user()
            guard call.arguments.text != nil else {
                let known = try transaction.ownPlanning(user, in: standing)
                return Answer([standing.shown], text: known.mood ?? "*")
            }
            let mood = try call.arguments.clearableText(atMost: LineLimits.mood)
            try transaction.setMood(mood, room: standing.reference.id, account: user.account)
            transaction.record(.mood(standing.reference, by: user.reference, mood: mood))
            return Answer([standing.shown], text: mood ?? "*")
        })
}

extension ReadTransaction {
    /// What the caller has entered in a room of theirs.
    func ownPlanning(_ user: Identity, in standing: Standing) throws -> PlanningRecord {
        guard let member = try membership(room: standing.reference.id, account: user.account) else {
            throw Failure.notAMember(of: standing.shown)
        }
        return member.planning
    }
}
