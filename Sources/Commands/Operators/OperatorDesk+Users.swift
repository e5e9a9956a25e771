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
        let waiting = try await store.read { try $0.pendingSignups(named: nil, limit: Self.mostSignups + 1) }
        for signup in waiting.prefix(Self.mostSignups) {
            try await output(Self.row([signup.username, "waits", signup.email, "until \(Self.time(signup.expires))"]))
        }
        if waiting.count > Self.mostSignups {
            try await output(.progress("More than \(Self.mostSignups) sign-ups wait; these are the oldest."))
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

    /// Where several sign-ups wait, nobody can tell whose password is the right person's: none of them counts then, and
    /// the operator gets a RESET line to hand over.
    func verifyUser(_ name: String, email: String?, _ output: Output) async throws {
        let folded = name.asciiLowercased
        let nobodysPassword = try await passwords.hash(Base64.encode(try random.bytes(32), .url))
        let reset = try mintReset()
        let (account, expires) = try await store.write(origin: nil) { transaction in
            let waiting = try transaction.waitingSignups(name, email: email)
            guard let last = waiting.last, let record = try transaction.mailToken(hash: last.hash) else {
                if try transaction.account(named: folded) != nil { throw OperatorFailure("\(name) is a user already") }
                throw OperatorFailure("no sign-up of \(name) waits; it does for 24 hours")
            }
            let account: AccountRecord
            do { account = try transaction.makeAccount(record, hash: last.hash) } catch let failure as Failure {
                throw OperatorFailure("\(failure.code.rawValue): the name or the address is taken by now")
            }
            guard waiting.count > 1 else { return (account, nil as Timestamp?) }
            try transaction.setPassword(nobodysPassword, account: account.reference.id)
            return (account, try transaction.createReset(reset, for: account))
        }
        guard let expires else {
            return try await output(.line("\(account.reference.name) is a user now, and can LOGIN."))
        }
        try await output(
            .progress("\(account.reference.name) is a user now. Several had signed up: no password of theirs counts."))
        try await show(reset, for: account.reference, until: expires, output)
    }

    func resetUser(_ name: String, _ output: Output) async throws {
        let token = try mintReset()
        let (reference, expires) = try await store.write(origin: nil) { transaction in
            let account = try transaction.accountForOperator(name)
            return (account.reference, try transaction.createReset(token, for: account))
        }
        try await show(token, for: reference, until: expires, output)
    }

    private func mintReset() throws -> SignedToken {
        do { return try tokens.mint(.reset, from: random) } catch { throw OperatorFailure("no token can be made") }
    }

    private func show(
        _ token: SignedToken, for account: AccountReference, until expires: Timestamp, _ output: Output
    ) async throws {
        try await output(
            .progress("Give this line to \(account.name); it is good once, until \(Self.time(expires)):"))
        try await output(.line("RESET \(account.name) \(token.text) <new password>"))
    }

    func deleteUser(_ name: String, _ output: Output) async throws {
        // Before anything is done: what cannot be erased should not be found out half-way.
        let blobs = try blobs()
        let (reference, picture) = try await store.write(origin: nil) { transaction in
            let account = try transaction.accountForOperator(name)
            return (account.reference, try transaction.deleteAccount(account))
        }
        if let picture {
            do { try await blobs.delete(picture) } catch {
                try await output(.progress("The picture \(picture).png could not be deleted: do it by hand."))
            }
        }
        try await output(.line("\(reference.name) is deleted; messages stay, without the name."))
    }
}

extension ReadTransaction {
    fileprivate func accountForOperator(_ name: String) throws -> AccountRecord {
        guard let account = try account(named: name.asciiLowercased) else {
            throw OperatorFailure("there is no user \(name)")
        }
        return account
    }

    /// The sign-ups that wait under a name, oldest first, all of one address.
    fileprivate func waitingSignups(_ name: String, email: String?) throws -> [PendingSignup] {
        var waiting = try pendingSignups(named: name.asciiLowercased, limit: OperatorDesk.page)
        if let email { waiting.removeAll { $0.email.asciiLowercased != email.asciiLowercased } }
        guard Set(waiting.map(\.email.asciiLowercased)).count <= 1 else {
            throw OperatorFailure("several sign-ups wait under \(name): say the mail address as well")
        }
        return waiting
    }
}
