import LineProtocol

extension Command {
    static let avatarData = Command(
        Declaration(
            "AVATAR", "DATA", [.word("base64", required: true)], by: .user, codes: [.noUpload, .imageTooLarge],
            help: "Sends the next piece of the picture."),
        .upload { call, upload in
            .answer(Answer([String(try upload.data(try call.arguments.required("base64")))]))
        })
}
