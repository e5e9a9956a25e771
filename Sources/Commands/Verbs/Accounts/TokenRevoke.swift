import LineProtocol
import Persistence

extension Command {
    static let tokenRevoke = Command(
        Declaration(
            "TOKEN", "REVOKE", [.word("name", required: true)], by: .passwordUser, codes: [.invalidToken],
            help: "Ends a token of that name and the connections that came by it."),
        .write { call, transaction in
            let user = try call.user()
            let name = try call.arguments.required("name")
            guard let family = try transaction.tokenFamily(of: user.account, named: name.asciiLowercased) else {
                throw Failure(.invalidToken, words: "You have no token of that name. TOKEN LIST shows them.")
            }
            try transaction.revokeTokenFamily(family.id)
            transaction.record(.familyRevoked(user.account, family.id))
            return Answer([family.name])
        })
}
