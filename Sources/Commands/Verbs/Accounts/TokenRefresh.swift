import LineProtocol
import Persistence

extension Command {
    static let tokenRefresh = Command(
        Declaration(
            "TOKEN", "REFRESH", [.word("refresh", required: true)], by: .anybody,
            codes: [.invalidToken, .expiredToken, .rateLimited],
            help:
                "Gives a new pair; the refresh token is spent once a token of it is used, until then it may be sent again."
        ),
        .long { call in
            let text = try call.arguments.required("refresh")
            return try await call.guarded(account: nil) {
                guard let token = call.services.tokens.verify(text, for: .refresh) else { throw Failure.invalidToken }
                let pair = try TokenPair(call.services)
                let outcome = try await call.services.store.write(origin: call.origin) { transaction in
                    try refresh(token, pair, transaction)
                }
                guard let fields = outcome else { throw Failure.invalidToken }
                return Answer(fields)
            }
        })
}

/// - Returns: `nil` for a spent token, whose family is revoked: somebody else has it.
private func refresh(_ token: SignedToken, _ pair: TokenPair, _ transaction: WriteTransaction) throws -> [String]? {
    guard let record = try transaction.token(hash: token.storedHash), record.isRefresh else {
        throw Failure.invalidToken
    }
    if record.isSpent {
        try transaction.revokeTokenFamily(record.family.id)
        transaction.record(.familyRevoked(record.family.account, record.family.id))
        return nil
    }
    guard transaction.now < record.expires else { throw Failure.expiredToken }
    try transaction.useTokenPair(family: record.family.id, pair: record.pair)
    return try pair.store(
        family: record.family.id, name: record.family.name, pair: record.pair &+ 1, in: transaction)
}
