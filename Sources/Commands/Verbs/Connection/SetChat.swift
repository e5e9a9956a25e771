import LineProtocol

extension Command {
    static let setChat = Command(
        Declaration(
            "SET", "CHAT", [.word("on|off", required: true)], by: .user,
            help: "Makes lines without a leading / messages to the current room, or commands again."),
        .session { call in
            let isOn = try call.arguments.onOrOff()
            let words =
                switch (isOn, call.currentRoom) {
                case (false, _): "Every line is a command again."
                case (true, let room?): "Lines without a leading / are messages to \(room) now."
                case (true, nil): "Lines without a leading / are messages to the current room; JOIN one first."
                }
            return Answer([isOn ? "on" : "off"], text: words, effects: [.chat(isOn)])
        })
}
