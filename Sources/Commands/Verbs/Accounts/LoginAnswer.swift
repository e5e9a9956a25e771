import LineProtocol
import Persistence

extension ReadTransaction {
    /// The answer of a verb that logs in: who one is now, and then the invitations that still wait.
    func loginAnswer(_ identity: Identity, fields: [String] = [], text: String?) throws -> Answer {
        var answer = Answer([identity.username.shown] + fields, text: text, effects: [.loggedIn(identity)])
        for invitation in try pendingInvitations(of: identity.account) {
            answer.effects.append(
                .event(
                    Event(
                        source: invitation.by.name, verb: "INVITE", target: "#" + invitation.room.name,
                        fields: [identity.username.shown])))
        }
        return answer
    }
}

extension AccountRecord {
    /// - Returns: `nil` where the stored name is none, which the store never holds.
    func identity(hasPassword: Bool, family: Int64? = nil) -> Identity? {
        Username(reference.name).map {
            Identity(account: reference.id, username: $0, hasPassword: hasPassword, family: family)
        }
    }
}
