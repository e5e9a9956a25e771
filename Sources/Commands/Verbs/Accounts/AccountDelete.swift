import LineProtocol
import Persistence

extension Command {
    static let accountDelete = Command(
        Declaration(
            "ACCOUNT", "DELETE", [.text("password", required: true)], by: .user,
            codes: [.invalidCredentials, .rateLimited],
            help: "Resigns everywhere and erases your account; your messages stay, without your name."),
        .long { call in
            let user = try call.user()
            let password = try call.arguments.requiredText()
            return try await call.guarded(account: user.username.folded) {
                _ = try await call.checkPassword(password, of: user)
                let picture = try await call.services.store.write(origin: call.origin) { transaction in
                    guard let account = try transaction.account(user.account) else { throw Failure.invalidCredentials }
                    for room in try transaction.rooms(of: user.account) {
                        try transaction.resign(user.reference, from: room)
                    }
                    try transaction.eraseAccount(user.account)
                    transaction.record(.sessionsClosed(user.account, .accountDeleted))
                    let isShared = try transaction.isUsed(avatarDigest: account.avatarDigest)
                    return isShared || account.avatarDigest == DefaultAvatar.digest ? nil : account.avatarDigest
                }
                // The account is gone whatever becomes of this: a picture that nothing names is only disk space.
                if let picture { try? await call.services.blobs.delete(picture) }
                return Answer(
                    text: "Good-bye. Everything of yours is erased.", effects: [.close("The account was deleted.")])
            }
        })
}
