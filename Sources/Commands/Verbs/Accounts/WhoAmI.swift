import LineProtocol
import Persistence

extension Command {
    static let whoAmI = Command(
        Declaration("WHOAMI", nil, [], by: .user, help: "Tells your name, address, zone and current room."),
        .read { call, transaction in
            let account = try transaction.ownAccount(call)
            return Answer(
                [account.reference.name, account.email, account.zone, call.currentRoom?.description ?? "*"],
                text: account.displayName ?? "*")
        })
}

extension ReadTransaction {
    /// The caller's own account.
    /// - Throws: LOGIN_REQUIRED, also where the account was deleted a moment ago.
    func ownAccount(_ call: Call) throws -> AccountRecord {
        guard let account = try account(call.user().account) else { throw Failure.loginRequired }
        return account
    }
}
