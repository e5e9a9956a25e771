import LineProtocol
import Persistence

extension Command {
    static let avatarPut = Command(
        Declaration(
            "AVATAR", "PUT", [.word("bytes", required: true)], by: .user, codes: [.imageTooLarge, .rateLimited],
            help: "Begins to send a picture (PNG, JPEG, WebP, GIF) of so many bytes."),
        .upload { call, upload in
            upload.cancel()
            let user = try call.user()
            guard let bytes = WireNumber.parse(try call.arguments.required("bytes")) else {
                throw Failure.invalidParameters("PUT takes the number of bytes.")
            }
            let services = call.services
            let key = String(user.account.rawValue)
            if let seconds = services.limiters.avatars.take(key, now: services.clock.now()) {
                throw Failure.rateLimited(seconds: seconds)
            }
            try upload.put(bytes: Int(clamping: bytes))
            return .answer(Answer([String(bytes), String(AvatarUpload.mostBase64PerLine)]))
        })
}
