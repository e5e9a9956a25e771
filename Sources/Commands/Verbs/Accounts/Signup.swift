import LineProtocol
import Persistence

extension Command {
    static let signup = Command(
        Declaration(
            "SIGNUP", nil,
            [
                .word("username", required: true), .word("email", required: true),
                .text("password", required: true),
            ], by: .anybody,
            codes: [
                .alreadyLoggedIn, .invalidUsername, .usernameTaken, .invalidEmail, .weakPassword, .rateLimited,
            ],
            help: "Asks for an account; a mail brings the VERIFY line that makes it."),
        .long { call in
            try call.requireStranger()
            let username = try newUsername(call)
            let email = try EmailAddress.typed(call.arguments.required("email"))
            let password = try call.arguments.requiredText()
            try checkPassword(password)
            guard try await call.services.store.read({ try $0.account(named: username.folded) }) == nil else {
                throw Failure.usernameTaken(username.shown)
            }
            try takeSignup(call, email)
            let hash = try await call.services.passwords.hash(password)
            try await store(call, username, email, hash)
            return Answer(
                [username.shown],
                text: "Check your mail, and paste its VERIFY line here within 24 hours. Nothing there? SIGNUP again.")
        })
}

/// How long a mailed token may be used, but for those of RESET.
let mailTokenTime: Int64 = 86_400_000

private func newUsername(_ call: Call) throws(Failure) -> Username {
    let word = try call.arguments.required("username")
    guard let username = Username(word), !username.isReserved else {
        throw Failure(
            .invalidUsername,
            words:
                "A username begins with a letter and has up to 32 letters, digits, - and _; a few names are nobody's.")
    }
    return username
}

/// - Throws: WEAK_PASSWORD.
func checkPassword(_ password: String) throws(Failure) {
    do { try PasswordRule.check(password) } catch {
        throw Failure(
            .weakPassword,
            words:
                "A password has at least \(PasswordRule.leastCharacters) characters and at most \(PasswordRule.mostBytes) bytes."
        )
    }
}

private func takeSignup(_ call: Call, _ email: EmailAddress) throws(Failure) {
    let now = call.services.clock.now()
    try call.countForAddress(call.services.limiters.signups)
    if let seconds = call.services.limiters.mails.take(email.folded, now: now) {
        throw .rateLimited(seconds: seconds)
    }
}

/// What was entered waits in the store; whether the address has an account shows in the mail alone.
private func store(_ call: Call, _ username: Username, _ email: EmailAddress, _ hash: String) async throws {
    let token = try call.services.tokens.mint(.signup, from: call.services.random)
    let texts = call.services.mailTexts
    try await call.services.store.write(origin: call.origin) { transaction in
        let expires = transaction.now.advanced(byMilliseconds: mailTokenTime)
        if let known = try transaction.account(email: email.folded) {
            let text = texts.addressInUse(username: known.reference.name)
            try transaction.enqueueMail(to: known.email, subject: text.subject, body: text.body, expires: expires)
        } else {
            try transaction.createMailToken(
                hash: token.storedHash,
                MailTokenRecord(
                    purpose: .signup, account: nil, username: username.shown, email: email.shown, password: hash,
                    expires: expires, usedAt: nil))
            let text = texts.signup(username: username.shown, token: token)
            try transaction.enqueueMail(to: email.shown, subject: text.subject, body: text.body, expires: expires)
        }
    }
}

extension Failure {
    static func usernameTaken(_ name: String) -> Failure {
        Failure(.usernameTaken, fields: [name], words: "That name is taken.")
    }
}

extension EmailAddress {
    /// - Throws: INVALID_EMAIL.
    static func typed(_ word: String) throws(Failure) -> EmailAddress {
        guard let address = EmailAddress(word) else {
            throw Failure(.invalidEmail, words: "That is no mail address that this server can write to.")
        }
        return address
    }
}

extension Services {
    var mailTexts: MailTexts { MailTexts(serverName: place.serverName, webURL: place.webURL) }
}
