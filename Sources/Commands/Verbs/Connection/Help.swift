import LineProtocol

extension Command {
    static let help = Command(
        Declaration(
            "HELP", nil, [.word("verb", required: false)], by: .anybody, codes: [.unknownCommand],
            help: "Lists the commands, or explains one."),
        .session { call in
            let registry = call.services.registry
            let commands =
                if let verb = call.arguments["verb"] {
                    try registry.help(verb.uppercased().trimmingPrefix("/").description)
                } else {
                    registry.commands
                }
            let rows = commands.map { command in
                let declaration = command.declaration
                return Row(
                    kind: "HELP", fields: [declaration.verb], text: "\(declaration.usage) - \(declaration.help)")
            }
            return Answer(rows: rows, [String(rows.count)])
        })
}
