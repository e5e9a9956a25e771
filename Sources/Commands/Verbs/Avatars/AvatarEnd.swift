import LineProtocol
import Persistence

extension Command {
    static let avatarEnd = Command(
        Declaration(
            "AVATAR", "END", [.word("sha256", required: false)], by: .user,
            codes: [.noUpload, .checksumMismatch, .unsupportedImage, .imageTooLarge],
            help: "Ends the sending; the picture is made square and is yours in every group."),
        .upload { call, upload in
            let bytes = try upload.end(sha256: call.arguments["sha256"])
            return .finish { try await call.storeAvatar(from: bytes) }
        })
}

extension Call {
    /// Makes the picture, keeps it, and then names it: whatever fails on the way, the old one stays.
    fileprivate func storeAvatar(from bytes: [UInt8]) async throws -> Answer {
        let picture = try await services.images.avatar(from: bytes)
        let digest = SHA256Digest.hex(SHA256Digest.of(picture))
        try await services.blobs.put(picture, digest: digest)
        try await setAvatar(digest: digest, bytes: picture.count)
        return Answer([services.place.avatarURL(digest), "image/png", String(picture.count), digest])
    }

    /// Gives the caller this picture, tells their rooms, and erases the old one if nobody else has it.
    func setAvatar(digest: String, bytes: Int) async throws {
        let user = try user()
        let url = services.place.avatarURL(digest)
        let unused = try await services.store.write(origin: origin) { transaction -> String? in
            guard let account = try transaction.account(user.account) else { throw Failure.loginRequired }
            try transaction.setAvatar(digest: digest, bytes: bytes, account: user.account)
            transaction.record(.avatar(try transaction.rooms(of: user.account), user.reference, url: url))
            let isUsed = try transaction.isUsed(avatarDigest: account.avatarDigest)
            return isUsed || account.avatarDigest == DefaultAvatar.digest ? nil : account.avatarDigest
        }
        // A picture that nothing names any more is only disk space.
        if let unused { try? await services.blobs.delete(unused) }
    }

    /// Whose picture is asked for: somebody's, or the caller's own.
    /// - Throws: NO_SUCH_USER.
    func avatarOwner(_ transaction: ReadTransaction) throws -> AccountRecord {
        guard arguments["user"] != nil else { return try transaction.ownAccount(self) }
        let username = try username("user")
        guard let account = try transaction.account(named: username.folded) else {
            throw Failure.noSuchUser(username.shown)
        }
        return account
    }
}
