import LineProtocol
import Persistence

extension Command {
    static let avatarRemove = Command(
        Declaration("AVATAR", "REMOVE", [], by: .user, help: "Gives you the default picture again."),
        .long { call in
            try await call.setAvatar(digest: DefaultAvatar.digest, bytes: DefaultAvatar.png.count)
            return Answer([call.services.place.avatarURL(DefaultAvatar.digest)])
        })
}
