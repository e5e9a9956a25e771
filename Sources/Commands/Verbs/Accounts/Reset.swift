import LineProtocol
import Persistence

extension Command {
    static let reset = Command(
        Declaration(
            "RESET", nil,
            [
                .word("username", required: true), .word("token", required: false),
                .text("new password", required: false),
            ], by: .anybody, codes: [.alreadyLoggedIn, .invalidToken, .expiredToken, .weakPassword, .rateLimited],
            usage: "username [token <new password>]",
            help: "Mails a reset line for a forgotten password, or uses it and logs in."),
        .long { call in
            try call.requireStranger()
            let name = try call.arguments.required("username")
            guard let token = call.arguments["token"] else { return try await askForReset(call, name) }
            let password = try call.arguments.requiredText()
            try checkPassword(password)
            return try await call.guarded(account: Username(name)?.folded) {
                try await useReset(call, name, token, password)
            }
        })
}

/// How long the token of a reset may be used.
private let resetTokenTime: Int64 = 3_600_000

/// Tells as little as LOGIN: the answer is the same whether there is such an account. The mail always goes to the
/// stored address.
private func askForReset(_ call: Call, _ name: String) async throws -> Answer {
    let services = call.services
    let now = services.clock.now()
    try call.countForAddress(services.limiters.resetsByAddress)
    let answer = Answer([name], text: "If there is such an account, a mail with the next step is on its way to it.")
    // Nobody can have it; and what is no name may be as long as a line, so that nothing is kept of it.
    guard let folded = Username(name)?.folded else { return answer }
    if let seconds = services.limiters.resetsByName.take(folded, now: now) {
        throw Failure.rateLimited(seconds: seconds)
    }
    let token = try services.tokens.mint(.reset, from: services.random)
    let texts = services.mailTexts
    try await services.store.write(origin: call.origin) { transaction in
        guard let account = try transaction.account(named: folded),
            services.limiters.mails.check(account.email.asciiLowercased, now: now) == nil
        else { return }
        services.limiters.mails.count(account.email.asciiLowercased, now: now)
        let expires = try transaction.createReset(token, for: account)
        let text = texts.reset(username: account.reference.name, token: token)
        try transaction.enqueueMail(to: account.email, subject: text.subject, body: text.body, expires: expires)
    }
    return answer
}

private func useReset(_ call: Call, _ name: String, _ text: String, _ password: String) async throws -> Answer {
    let services = call.services
    guard let token = services.tokens.verify(text, for: .reset) else { throw Failure.invalidToken }
    let look: @Sendable (ReadTransaction) throws -> AccountRecord = { transaction in
        guard let record = try transaction.mailToken(hash: token.storedHash), record.usedAt == nil,
            record.purpose == .reset, let id = record.account, let account = try transaction.account(id),
            account.reference.name.asciiLowercased == name.asciiLowercased
        else { throw Failure.invalidToken }
        guard transaction.now < record.expires else { throw Failure.expiredToken }
        return account
    }
    _ = try await services.store.read(look)
    let hash = try await services.passwords.hash(password)
    return try await services.store.write(origin: call.origin) { transaction in
        let account = try look(transaction)
        guard let identity = account.identity(hasPassword: true) else { throw Failure.invalidToken }
        try transaction.useMailToken(hash: token.storedHash)
        try transaction.changePassword(hash, of: account.reference.id)
        return try transaction.loginAnswer(identity, text: "The password is changed and you are logged in.")
    }
}

extension WriteTransaction {
    /// - Returns: When the token is over.
    func createReset(_ token: SignedToken, for account: AccountRecord) throws -> Timestamp {
        let expires = now.advanced(byMilliseconds: resetTokenTime)
        try createMailToken(
            hash: token.storedHash,
            MailTokenRecord(
                purpose: .reset, account: account.reference.id, username: account.reference.name,
                email: account.email, password: nil, expires: expires, usedAt: nil))
        return expires
    }

    /// A new password ends all tokens and the person's other connections.
    func changePassword(_ hash: String, of account: AccountID) throws {
        try setPassword(hash, account: account)
        try revokeAllTokens(of: account)
        record(.sessionsClosed(account, .passwordChanged))
    }
}
