import LineProtocol

extension Command {
    static let quit = Command(
        Declaration(
            "QUIT", nil, [.text("reason", required: false)], by: .anybody,
            help: "Ends the connection."),
        .session { call in
            try call.arguments.checkText(atMost: LineLimits.reason)
            return Answer(effects: [.quit(reason: call.arguments.text)])
        })
}
