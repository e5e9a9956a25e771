import LineProtocol
import Persistence

extension Command {
    static let verify = Command(
        Declaration(
            "VERIFY", nil, [.word("token", required: true)], by: .anybody,
            codes: [.alreadyLoggedIn, .invalidToken, .expiredToken, .usernameTaken, .rateLimited],
            help: "Uses the token of a mail: makes the account and logs in, or changes its address."),
        .long { call in
            let text = try call.arguments.required("token")
            return try await call.guarded(account: nil) {
                let outcome = try await Verification(call.services).use(
                    text, mayMakeAccount: call.identity == nil, origin: call.origin)
                switch outcome {
                case .changedAddress(let username):
                    return Answer([username], text: "The address is changed.")
                case .created(let account):
                    guard let identity = account.identity(hasPassword: true) else { throw Failure.invalidToken }
                    return Answer(
                        [identity.username.shown],
                        text:
                            "Your account is ready and you are logged in. CREATE #room starts a group; JOIN #room code enters one.",
                        effects: [.loggedIn(identity)])
                }
            }
        })
}
