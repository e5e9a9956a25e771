import LineProtocol
import Persistence

extension Command {
    static let tokenList = Command(
        Declaration("TOKEN", "LIST", [], by: .user, help: "Lists your tokens by name, never their text."),
        .read { call, transaction in
            let rows = try transaction.tokenFamilies(of: call.user().account).map(Row.init(token:))
            return Answer(rows: rows, [String(rows.count)])
        })
}

extension Row {
    /// `TOKEN <name> <created> <last-used|*> <refresh-expiry>`
    init(token family: TokenFamilyRecord) {
        self.init(
            kind: "TOKEN",
            fields: [
                family.name, RFC3339.string(milliseconds: family.created.milliseconds),
                family.lastUsed.map { RFC3339.string(milliseconds: $0.milliseconds) } ?? "*",
                RFC3339.string(milliseconds: family.refreshExpires.milliseconds),
            ])
    }
}
