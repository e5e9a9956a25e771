import LineProtocol
import Persistence

extension Command {
    static let avatarGet = Command(
        Declaration(
            "AVATAR", "GET", [.word("user", required: false)], by: .user, codes: [.noSuchUser],
            help: "Tells where somebody's picture is, and its digest."),
        .read { call, transaction in
            let account = try call.avatarOwner(transaction)
            return Answer([
                account.reference.name, call.services.place.avatarURL(account.avatarDigest), "image/png",
                String(account.avatarBytes), account.avatarDigest,
            ])
        })
}
