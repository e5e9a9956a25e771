import LineProtocol

extension Command {
    static let ping = Command(
        Declaration(
            "PING", nil, [.word("word", required: true)], by: .anybody,
            help: "Answers with the same word: the connection is alive, and all lines before it are done."),
        .session { call in
            let word = try call.arguments.required("word")
            guard word.utf8.count <= LineLimits.ping else { throw Failure.textTooLong(LineLimits.ping) }
            return Answer([word])
        })
}
