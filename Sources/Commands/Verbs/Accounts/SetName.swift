import LineProtocol
import Persistence

extension Command {
    static let setName = Command(
        Declaration(
            "SET", "NAME", [.text("name", required: true)], by: .user,
            help: "Sets the name that people see beside your username; * takes it away."),
        .write { call, transaction in
            let user = try call.user()
            let name = try call.arguments.clearableText(atMost: LineLimits.displayName)
            try transaction.setDisplayName(name, account: user.account)
            transaction.record(.displayName(try transaction.rooms(of: user.account), user.reference, name: name))
            return Answer(text: name ?? "*")
        })
}
