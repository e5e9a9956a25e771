import LineProtocol
import Persistence

extension Command {
    static let passwd = Command(
        Declaration(
            "PASSWD", nil, [.word("old", required: true), .text("new", required: true)], by: .user,
            codes: [.invalidCredentials, .weakPassword, .rateLimited],
            help:
                "Changes the password (a space in the old one is written \\s); ends your tokens and other connections."),
        .long { call in
            let user = try call.user()
            let old = FieldEscape.unescape(try call.arguments.required("old"))
            let new = try call.arguments.requiredText()
            try checkPassword(new)
            return try await call.guarded(account: user.username.folded) {
                let known = try await call.checkPassword(old, of: user)
                let hash = try await call.services.passwords.hash(new)
                return try await call.services.store.write(origin: call.origin) { transaction in
                    guard try transaction.account(user.account)?.password == known else {
                        throw Failure.invalidCredentials
                    }
                    try transaction.changePassword(hash, of: user.account)
                    return Answer(text: "The password is changed; your tokens and other connections are ended.")
                }
            }
        })
}

extension Call {
    /// - Returns: The stored hash that the password fits.
    /// - Throws: INVALID_CREDENTIALS.
    func checkPassword(_ password: String, of user: Identity) async throws -> String {
        let account = try await services.store.read { try $0.account(user.account) }
        guard let account, try await services.passwords.verify(password, against: account.password) else {
            throw Failure.invalidCredentials
        }
        return account.password
    }
}
