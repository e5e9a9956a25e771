import LineProtocol
import Persistence

extension Command {
    static let login = Command(
        Declaration(
            "LOGIN", nil, [.word("username", required: true), .text("password", required: true)], by: .anybody,
            codes: [.alreadyLoggedIn, .invalidCredentials, .rateLimited, .quotaExceeded],
            help: "Logs in with a password."),
        .long { call in
            try call.requireStranger()
            let name = try call.arguments.required("username")
            let password = try call.arguments.requiredText()
            let folded = name.asciiLowercased
            return try await call.guarded(account: Username(name)?.folded) {
                let account = try await call.services.store.read { try $0.account(named: folded) }
                let isRight = try await call.services.passwords.verify(password, against: account?.password)
                guard isRight, let account, let identity = account.identity(hasPassword: true) else {
                    throw Failure.invalidCredentials
                }
                return try await call.services.store.read { transaction in
                    // The password may have been changed while it was being compared.
                    guard try transaction.account(identity.account)?.password == account.password else {
                        throw Failure.invalidCredentials
                    }
                    return try transaction.loginAnswer(
                        identity, text: "Welcome back. GROUPS lists your rooms, JOIN #room enters one.")
                }
            }
        })
}
