import LineProtocol
import Persistence

extension Command {
    static let resume = Command(
        Declaration(
            "RESUME", nil, [.word("access", required: true)], by: .anybody,
            codes: [.alreadyLoggedIn, .invalidToken, .expiredToken, .rateLimited, .quotaExceeded],
            help: "Logs in with an access token."),
        .asking { call, answer in
            try call.requireStranger()
            let text = try call.arguments.required("access")
            try call.checkLoginFailures(account: nil)
            let counting: Answering = { result in
                call.countIfTokenFailure(result)
                answer(result)
            }
            guard let token = call.services.tokens.verify(text, for: .access) else {
                return counting(.failure(Failure.invalidToken))
            }
            logIn(call, with: token, then: counting)
        })
}

private func logIn(_ call: Call, with token: SignedToken, then answered: @escaping Answering) {
    call.services.store.read { transaction in
        let record = try goodAccessToken(token, transaction)
        return (record: record, answer: try answer(record, transaction))
    } then: { result in
        switch result {
        case .failure(let error): answered(.failure(error))
        // A connect costs a commit only where it changes what a refresh token is worth, or once a minute.
        case .success(let found) where !found.record.isFirstUse(now: call.services.clock.now()):
            answered(.success(found.answer))
        case .success:
            Command.await(answered) {
                try await call.services.store.write(origin: call.origin) { transaction in
                    let record = try goodAccessToken(token, transaction)
                    try transaction.useTokenPair(family: record.family.id, pair: record.pair)
                    return try answer(record, transaction)
                }
            }
        }
    }
}

private func goodAccessToken(_ token: SignedToken, _ transaction: ReadTransaction) throws -> TokenRecord {
    guard let record = try transaction.token(hash: token.storedHash), !record.isRefresh else {
        throw Failure.invalidToken
    }
    guard transaction.now < record.expires else { throw Failure.expiredToken }
    return record
}

private func answer(_ record: TokenRecord, _ transaction: ReadTransaction) throws -> Answer {
    guard
        let identity = try transaction.account(record.family.account)?
            .identity(hasPassword: false, family: record.family.id)
    else { throw Failure.invalidToken }
    return try transaction.loginAnswer(
        identity, fields: [RFC3339.string(milliseconds: record.expires.milliseconds)], text: nil)
}

extension TokenRecord {
    /// Whether its use has to be stored: the first of its pair, or the last was a while ago.
    fileprivate func isFirstUse(now: Timestamp) -> Bool {
        guard pair <= usedPair, let lastUsed = family.lastUsed else { return true }
        return now.milliseconds &- lastUsed.milliseconds > 60_000
    }
}
