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
                    return try transaction.deleteAccount(account)
                }
                // The account is gone whatever becomes of this: a picture that nothing names is only disk space.
                if let picture { try? await call.services.blobs.delete(picture) }
                return Answer(
                    text: "Good-bye. Everything of yours is erased.", effects: [.close("The account was deleted.")])
            }
        })
}

extension WriteTransaction {
    /// Resigns everywhere, erases the account and ends its connections.
    /// - Returns: The picture that nobody has any more, to be deleted once this is on disk.
    func deleteAccount(_ account: AccountRecord) throws -> String? {
        for room in try rooms(of: account.reference.id) { try resign(account.reference, from: room) }
        try eraseAccount(account.reference.id)
        record(.sessionsClosed(account.reference.id, .accountDeleted))
        let isShared = try isUsed(avatarDigest: account.avatarDigest)
        return isShared || account.avatarDigest == DefaultAvatar.digest ? nil : account.avatarDigest
    }
}
