import LineProtocol
import Persistence

extension Command {
    static let tokenIssue = Command(
        Declaration(
            "TOKEN", "ISSUE", [.word("name", required: false)], by: .passwordUser, codes: [.quotaExceeded],
            help: "Gives a bot or device its own pair of tokens; under a name in use it replaces that one."),
        .write { call, transaction in
            let user = try call.user()
            let word = call.arguments["name"] ?? "default"
            guard let name = Username(word) else {
                throw Failure.invalidParameters(
                    "A token's name begins with a letter and has up to 32 letters, digits, - and _.")
            }
            let limit = call.services.limits.tokensPerPerson
            if let known = try transaction.tokenFamily(of: user.account, named: name.folded) {
                try transaction.revokeTokenFamily(known.id)
                transaction.record(.familyRevoked(user.account, known.id))
            } else if try transaction.tokenFamilies(of: user.account).count >= limit {
                throw Failure.quotaExceeded(limit, of: "tokens a person")
            }
            let pair = try TokenPair(call.services)
            let family = try transaction.createTokenFamily(
                account: user.account, name: name.shown, folded: name.folded,
                refreshExpires: transaction.now.advanced(byMilliseconds: TokenPair.refreshTime))
            return Answer(try pair.store(family: family, name: name.shown, pair: 1, in: transaction))
        })
}
