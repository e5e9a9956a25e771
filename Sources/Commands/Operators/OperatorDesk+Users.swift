import LineProtocol
import Persistence

extension OperatorDesk {
    func listUsers(_ output: Output) async throws {
        try await output(Self.row(["NAME", "STATE", "EMAIL", "SINCE"]))
        var last = ""
        while true {
            let after = last
            let accounts = try await store.read { try $0.accounts(after: after, limit: Self.page) }
            for account in accounts {
                try await output(
                    Self.row([account.reference.name, "user", account.email, Self.time(account.created)]))
            }
            guard let newest = accounts.last, accounts.count == Self.page else { break }
            last = newest.reference.name.asciiLowercased
        }
        for signup in try await store.read({ try $0.pendingSignups(named: nil, limit: 10_000) }) {
            try await output(Self.row([signup.username, "waits", signup.email, "until \(Self.time(signup.expires))"]))
        }
    }

    func showUser(_ name: String, _ output: Output) async throws {
        let folded = name.asciiLowercased
        let lines = try await store.read { transaction -> [OperatorOutput] in
            var lines: [OperatorOutput] = []
            if let account = try transaction.account(named: folded) {
                lines += try Self.fields(of: account, transaction)
            }
            for signup in try transaction.pendingSignups(named: folded, limit: Self.page) {
                lines += [
                    Self.field("waits", "\(signup.username), until \(Self.time(signup.expires))"),
                    Self.field("email", signup.email),
                ]
                lines += try Self.mailFields(signup.email, transaction)
            }
            return lines
        }
        guard !lines.isEmpty else {
            throw OperatorFailure("there is no user \(name), nor does a sign-up of that name wait")
        }
        for line in lines { try await output(line) }
    }

    private static func fields(
        of account: AccountRecord, _ transaction: ReadTransaction
    ) throws -> [OperatorOutput] {
        let groups = try transaction.groups(of: account.reference.id).map { group in
            "#\(group.room.reference.name) (\(group.role.map { "\($0)" } ?? "invited"))"
        }
        let tokens = try transaction.tokenFamilies(of: account.reference.id)
        return try [
            field("user", account.reference.name), field("email", account.email), field("zone", account.zone),
            field("name", account.displayName ?? "*"), field("since", time(account.created)),
            field("tokens", tokens.isEmpty ? "*" : tokens.map(\.name).joined(separator: ", ")),
            field("rooms", groups.isEmpty ? "*" : groups.joined(separator: ", ")),
        ] + mailFields(account.email, transaction)
    }

    /// Why somebody may say that no mail has come.
    private static func mailFields(_ email: String, _ transaction: ReadTransaction) throws -> [OperatorOutput] {
        try transaction.unsentMails(to: email).map { mail in
            let state = mail.refused.map { "refused (\($0))" } ?? "waits, after \(mail.tries) tries"
            return field("mail", "of \(time(mail.created)) \(state)")
        }
    }

    func verifyUser(_ name: String, email: String?, _ output: Output) async throws {
        let folded = name.asciiLowercased
        let account = try await store.write(origin: nil) { transaction in
            var waiting = try transaction.pendingSignups(named: folded, limit: Self.page)
            if let email { waiting.removeAll { $0.email.asciiLowercased != email.asciiLowercased } }
            guard let last = waiting.last else {
                if try transaction.account(named: folded) != nil { throw OperatorFailure("\(name) is a user already") }
                throw OperatorFailure("no sign-up of \(name) waits; it does for 24 hours")
            }
            let addresses = Set(waiting.map(\.email.asciiLowercased))
            guard addresses.count == 1 else {
                throw OperatorFailure("several sign-ups wait under \(name): say the mail address as well")
            }
            guard let record = try transaction.mailToken(hash: last.hash) else {
                throw OperatorFailure("no sign-up of \(name) waits; it does for 24 hours")
            }
            do { return try transaction.makeAccount(record, hash: last.hash) } catch let failure as Failure {
                throw OperatorFailure("\(failure.code.rawValue): the name or the address is taken by now")
            }
        }
        try await output(.line("\(account.reference.name) is a user now, and can LOGIN."))
    }

    func resetUser(_ name: String, _ output: Output) async throws {
        let folded = name.asciiLowercased
        guard let token = try? tokens.mint(.reset, from: random) else { throw OperatorFailure("no token can be made") }
        let (reference, expires) = try await store.write(origin: nil) { transaction in
            guard let account = try transaction.account(named: folded) else {
                throw OperatorFailure("there is no user \(name)")
            }
            let expires = transaction.now.advanced(byMilliseconds: resetTokenTime)
            try transaction.createMailToken(
                hash: token.storedHash,
                MailTokenRecord(
                    purpose: .reset, account: account.reference.id, username: account.reference.name,
                    email: account.email, password: nil, expires: expires, usedAt: nil))
            return (account.reference, expires)
        }
        try await output(
            .progress("Give this line to \(reference.name); it is good once, until \(Self.time(expires)):"))
        try await output(.line("RESET \(reference.name) \(token.text) <new password>"))
    }

    func deleteUser(_ name: String, _ output: Output) async throws {
        let folded = name.asciiLowercased
        let (reference, picture) = try await store.write(origin: nil) { transaction in
            guard let account = try transaction.account(named: folded) else {
                throw OperatorFailure("there is no user \(name)")
            }
            return (account.reference, try transaction.deleteAccount(account))
        }
        if let picture { try? await blobs.delete(picture) }
        try await output(.line("\(reference.name) is deleted; messages stay, without the name."))
    }
}
