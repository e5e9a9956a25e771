import LineProtocol
public import Persistence

/// What a mailed token leads to, whether it is typed (`VERIFY`) or clicked (the web door).
public struct Verification: Sendable {
    /// What a token is, for a page that only looks.
    public enum Look: Sendable, Equatable {
        case unknown
        case used
        case expired
        /// Makes an account, or changes the address of one.
        case good(username: String, makesAccount: Bool)
    }

    /// What was done.
    public enum Outcome: Sendable {
        case created(AccountRecord)
        case changedAddress(username: String)
    }

    private let services: Services

    public init(_ services: Services) { self.services = services }

    /// Changes nothing.
    public func look(at text: String) async throws -> Look {
        guard let token = verified(text) else { return .unknown }
        return try await services.store.read { transaction in
            guard let record = try transaction.mailToken(hash: token.storedHash), record.purpose != .reset else {
                return .unknown
            }
            guard record.usedAt == nil else { return .used }
            guard transaction.now < record.expires else { return .expired }
            return .good(username: record.username, makesAccount: record.purpose == .signup)
        }
    }

    /// Uses the token.
    /// - Throws: INVALID_TOKEN, EXPIRED_TOKEN, USERNAME_TAKEN; then the token is as it was.
    public func use(_ text: String, mayMakeAccount: Bool = true, origin: Origin?) async throws -> Outcome {
        guard let token = verified(text) else { throw Failure.invalidToken }
        let texts = services.mailTexts
        return try await services.store.write(origin: origin) { transaction in
            guard let record = try transaction.mailToken(hash: token.storedHash), record.usedAt == nil,
                record.purpose != .reset
            else { throw Failure.invalidToken }
            guard transaction.now < record.expires else { throw Failure.expiredToken }
            if record.purpose == .signup {
                guard mayMakeAccount else { throw Failure.alreadyLoggedIn }
                return .created(try transaction.makeAccount(record, hash: token.storedHash))
            }
            return .changedAddress(username: try transaction.changeAddress(record, token: token, texts))
        }
    }

    private func verified(_ text: String) -> SignedToken? {
        services.tokens.verify(text, for: .signup) ?? services.tokens.verify(text, for: .email)
    }
}

extension WriteTransaction {
    /// The first to come with a token for a name has it.
    func makeAccount(_ record: MailTokenRecord, hash: [UInt8]) throws -> AccountRecord {
        guard let username = Username(record.username), let email = EmailAddress(record.email),
            let password = record.password
        else { throw Failure.invalidToken }
        guard try account(named: username.folded) == nil else { throw Failure.usernameTaken(username.shown) }
        guard try account(email: email.folded) == nil else {
            throw Failure(.invalidToken, words: "Another account has this address by now.")
        }
        try useMailToken(hash: hash)
        return try createAccount(
            username: username.shown, folded: username.folded, email: email.shown, emailFolded: email.folded,
            password: password, avatarDigest: DefaultAvatar.digest, avatarBytes: DefaultAvatar.png.count)
    }

    /// The old address is told, so that nobody loses an account in silence.
    fileprivate func changeAddress(_ record: MailTokenRecord, token: SignedToken, _ texts: MailTexts) throws -> String {
        guard let id = record.account, let account = try account(id), let email = EmailAddress(record.email) else {
            throw Failure.invalidToken
        }
        if let other = try self.account(email: email.folded), other.reference.id != id { throw Failure.invalidToken }
        try useMailToken(hash: token.storedHash)
        try setEmail(email.shown, folded: email.folded, account: id)
        let text = texts.addressChanged(username: account.reference.name)
        try enqueueMail(
            to: account.email, subject: text.subject, body: text.body,
            expires: now.advanced(byMilliseconds: mailTokenTime))
        return account.reference.name
    }
}
