import Testing

@testable import Persistence

@Suite("Accounts, tokens, mail and planning, in every store", .timeLimit(.minutes(2)))
struct AccountContractTests {
    @Test(arguments: StoreKind.all) func anAccountIsFoundByNameAddressAndIDAndKeepsWhatIsSet(kind: StoreKind)
        async throws
    {
        let test = try TestStore(kind)
        let made = try await test.store.write(origin: nil) {
            try $0.createAccount(
                username: "Alice", folded: "alice", email: "Alice@Example.org", emailFolded: "alice@example.org",
                password: "hash", avatarDigest: "d1", avatarBytes: 7)
        }
        let id = made.reference.id
        let found = try await test.store.read {
            [try $0.account(named: "alice"), try $0.account(email: "alice@example.org"), try $0.account(id)]
        }
        #expect(found == [made, made, made])
        #expect(made.zone == "UTC" && made.displayName == nil && made.created == test.clock.now())
        try await test.store.write(origin: nil) { transaction in
            try transaction.setPassword("hash2", account: id)
            try transaction.setZone("Europe/Berlin", account: id)
            try transaction.setDisplayName("Al", account: id)
            try transaction.setEmail("b@Example.org", folded: "b@example.org", account: id)
            try transaction.setAvatar(digest: "d2", bytes: 9, account: id)
        }
        let changed = try #require(try await test.store.read { try $0.account(email: "b@example.org") })
        #expect(changed.password == "hash2" && changed.zone == "Europe/Berlin" && changed.displayName == "Al")
        #expect(changed.email == "b@Example.org" && changed.avatarDigest == "d2" && changed.avatarBytes == 9)
        let free = try await test.store.read {
            [try $0.account(email: "alice@example.org") == nil, try $0.isUsed(avatarDigest: "d1") == false]
        }
        #expect(free == [true, true])
        #expect(try await test.store.read { try $0.isUsed(avatarDigest: "d2") })
        try await test.store.write(origin: nil) { try $0.setDisplayName(nil, account: id) }
        #expect(try await test.store.read { try $0.account(id)?.displayName } == nil)
    }

    @Test(arguments: StoreKind.all, [("alice", "new@example.org"), ("new", "alice@example.org")])
    func aNameAndAnAddressBelongToOneAccountAndAreFreeOnceItIsErased(
        kind: StoreKind, taken: (folded: String, email: String)
    ) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        @Sendable func create(_ transaction: WriteTransaction) throws -> AccountID {
            try transaction.createAccount(
                username: taken.folded, folded: taken.folded, email: taken.email, emailFolded: taken.email,
                password: "", avatarDigest: "",
                avatarBytes: 0
            ).reference.id
        }
        await #expect(throws: StoreFailure.self) { try await test.store.write(origin: nil, create) }
        try await test.store.write(origin: nil) { try $0.eraseAccount(alice.id) }
        let id = try await test.store.write(origin: nil, create)
        #expect(id != alice.id, "an account's number is never given again")
    }

    @Test(arguments: StoreKind.all) func erasingAnAccountErasesWhatIsItsOwn(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let room = try await test.room("tea", owner: alice, members: bob)
        let far = Timestamp(milliseconds: .max)
        _ = try await test.say(["x"], in: "tea", as: bob, once: "k")
        try await test.store.write(origin: nil) { transaction in
            try transaction.invite(alice.id, to: room.id, by: bob.id, expires: far)
            try transaction.createInviteCode("code", room: room.id, by: bob.id, expires: far)
            let family = try transaction.createTokenFamily(
                account: bob.id, name: "t", folded: "t", refreshExpires: far)
            try transaction.addTokenPair(
                family: family, pair: 1, access: [1], accessExpires: far, refresh: [2], refreshExpires: far)
            try transaction.createMailToken(
                hash: [3],
                MailTokenRecord(
                    purpose: .reset, account: bob.id, username: "bob", email: "e", password: nil, expires: far,
                    usedAt: nil))
            try transaction.eraseAccount(bob.id)
        }
        let counts = try await test.store.read { transaction in
            try [
                "invitation", "invitation_log", "invite_code", "token", "token_family", "mail_token", "once",
            ].map { try transaction.session.number("SELECT count(*) FROM \($0)") }
        }
        #expect(counts.allSatisfy { $0 == 0 })
        #expect(try await test.store.read { try $0.memberIDs(room: room.id) } == [alice.id])
    }

    @Test(arguments: StoreKind.all) func aMailedTokenIsGoodOnceAndForgetsThePasswordWithIt(kind: StoreKind) async throws
    {
        let test = try TestStore(kind)
        let expires = test.clock.now().advanced(byMilliseconds: 1_000)
        let record = MailTokenRecord(
            purpose: .signup, account: nil, username: "alice", email: "a@example.org", password: "hash",
            expires: expires, usedAt: nil)
        try await test.store.write(origin: nil) { try $0.createMailToken(hash: [0, 255, 7], record) }
        #expect(try await test.store.read { try $0.mailToken(hash: [0, 255, 7]) } == record)
        #expect(try await test.store.read { try $0.mailToken(hash: [0, 255]) } == nil)
        try await test.store.write(origin: nil) { try $0.useMailToken(hash: [0, 255, 7]) }
        let used = try await test.store.read { try $0.mailToken(hash: [0, 255, 7]) }
        #expect(used?.usedAt == test.clock.now() && used?.password == nil)
        try await test.store.write(origin: nil) { try $0.forgetMailTokens(expiredBefore: expires) }
        #expect(try await test.store.read { try $0.mailToken(hash: [0, 255, 7]) } != nil)
        try await test.store.write(origin: nil) {
            try $0.forgetMailTokens(expiredBefore: expires.advanced(byMilliseconds: 1))
        }
        #expect(try await test.store.read { try $0.mailToken(hash: [0, 255, 7]) } == nil)
    }

    @Test(arguments: StoreKind.all) func namedTokensAreListedByNameWhileTheyCanBeRefreshed(kind: StoreKind) async throws
    {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let soon = test.clock.now().advanced(byMilliseconds: 1_000)
        let later = soon.advanced(byMilliseconds: 1)
        let families = try await test.store.write(origin: nil) { transaction in
            try [(alice.id, "Phone", later), (alice.id, "Bot", later), (alice.id, "Old", soon), (bob.id, "Bot", later)]
                .map {
                    try transaction.createTokenFamily(
                        account: $0.0, name: $0.1, folded: $0.1.lowercased(), refreshExpires: $0.2)
                }
        }
        test.clock.advance(milliseconds: 1_000)
        let listed = try await test.store.read { try $0.tokenFamilies(of: alice.id) }
        #expect(listed.map(\.name) == ["Bot", "Phone"] && listed.allSatisfy { $0.lastUsed == nil })
        #expect(try await test.store.read { try $0.tokenFamily(of: alice.id, named: "old")?.id } == families[2])
        try await test.store.write(origin: nil) { try $0.useTokenPair(family: families[0], pair: 1) }
        let used = try await test.store.read { try $0.tokenFamily(of: alice.id, named: "phone") }
        #expect(used?.lastUsed == test.clock.now())
        try await test.store.write(origin: nil) { try $0.forgetTokens(expiredBefore: later) }
        #expect(try await test.store.read { try $0.tokenFamily(of: alice.id, named: "old") } == nil)
        try await test.store.write(origin: nil) { try $0.revokeAllTokens(of: alice.id) }
        let left = try await test.store.read {
            [try $0.tokenFamilies(of: alice.id).count, try $0.tokenFamilies(of: bob.id).count]
        }
        #expect(left == [0, 1])
    }

    @Test(arguments: StoreKind.all) func anOlderPairInUseDoesNotReviveWhatIsSpent(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        let far = Timestamp(milliseconds: .max)
        try await test.store.write(origin: nil) { transaction in
            let family = try transaction.createTokenFamily(
                account: alice.id, name: "t", folded: "t", refreshExpires: far)
            for pair in Int64(1)...3 {
                try transaction.addTokenPair(
                    family: family, pair: pair, access: [1, UInt8(pair)], accessExpires: far,
                    refresh: [2, UInt8(pair)], refreshExpires: far)
                try transaction.useTokenPair(family: family, pair: pair)
            }
            // The access token of an old pair is good until it expires, and may be used.
            try transaction.useTokenPair(family: family, pair: 1)
        }
        let spent = try await test.store.read { transaction in
            try (UInt8(1)...3).map { try transaction.token(hash: [2, $0])?.isSpent }
        }
        #expect(spent == [true, true, false])
    }

    @Test(arguments: StoreKind.all) func mailsLeaveOldestFirst(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let end = test.clock.now().advanced(byMilliseconds: 10_000)
        for name in ["first", "second", "third"] {
            try await test.store.write(origin: nil) {
                try $0.enqueueMail(to: name, subject: "s", body: "b", expires: end)
            }
            test.clock.advance(milliseconds: 1)
        }
        let due = try await test.store.read { try $0.dueMails(limit: 2) }
        #expect(due.map(\.to) == ["first", "second"])
        try await test.store.write(origin: nil) { transaction in
            try transaction.mailSent(due[0].id)
            try transaction.mailRefused(due[1].id, code: "550")
        }
        #expect(try await test.store.read { try $0.mailQueueLength() } == 1)
        #expect(try await test.store.read { try $0.dueMails(limit: 2).map(\.to) } == ["third"])
        // What waits is the third, queued 2 ms after the first.
        let third = test.clock.now().advanced(byMilliseconds: -1)
        #expect(try await test.store.read { try $0.oldestMail() } == third)
        test.clock.advance(milliseconds: 10_000)
        #expect(try await test.store.read { try $0.oldestMail() } == nil)
    }

    @Test(arguments: StoreKind.all) func aMailThatWasRefusedStaysMarkedUntilItExpires(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let end = test.clock.now().advanced(byMilliseconds: 10_000)
        try await test.store.write(origin: nil) {
            try $0.enqueueMail(to: "a@example.org", subject: "s", body: "b", expires: end)
        }
        let mail = try #require(try await test.store.read { try $0.dueMails(limit: 1) }.first)
        try await test.store.write(origin: nil) { try $0.mailRefused(mail.id, code: "550") }
        let mark: @Sendable (ReadTransaction) throws -> [[SQLValue]] = {
            try $0.session.rows("SELECT failed, tries FROM mail", []).map(\.values)
        }
        #expect(try await test.store.read(mark) == [[.text("550"), .integer(1)]])
        test.clock.advance(milliseconds: 10_000)
        try await test.store.write(origin: nil) { try $0.forgetMails() }
        #expect(try await test.store.read(mark).isEmpty)
    }

    @Test(arguments: StoreKind.all) func aMailThatIsGivenBackIsDueAtOnceAndNoTryIsCounted(kind: StoreKind) async throws
    {
        let test = try TestStore(kind)
        let end = test.clock.now().advanced(byMilliseconds: 10_000_000)
        try await test.store.write(origin: nil) {
            try $0.enqueueMail(to: "a@example.org", subject: "s", body: "b", expires: end)
        }
        let claim = test.clock.now().advanced(byMilliseconds: 120_000)
        let mail = try #require(
            try await test.store.write(origin: nil) { try $0.claimMails(limit: 4, until: claim) }.first)
        #expect(try await test.store.read { try $0.dueMails(limit: 4) }.isEmpty)
        try await test.store.write(origin: nil) { try $0.mailGivenBack(mail.id) }
        #expect(try await test.store.read { try $0.dueMails(limit: 4) } == [mail])
    }

    @Test(arguments: StoreKind.all) func planningIsKeptByRoomAndPersonAndEndsWithTheMembership(kind: StoreKind)
        async throws
    {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let room = try await test.room("tea", owner: alice, members: bob)
        let other = try await test.room("pub", owner: bob)
        let budget = BudgetRecord(low: 2_000, high: 4_050, currency: "EUR")
        try await test.store.write(origin: nil) { transaction in
            try transaction.setMood("hungry", room: room.id, account: bob.id)
            try transaction.setBudget(budget, room: room.id, account: bob.id)
            try transaction.setDistance(metres: 10_000, room: room.id, account: bob.id)
            try transaction.replaceAvailability(
                [StoredWindow(start: 50, end: 60), StoredWindow(start: 10, end: 20)], saidNone: false, room: room.id,
                account: bob.id)
        }
        let planning = try await test.store.read { try $0.membership(room: room.id, account: bob.id)?.planning }
        #expect(planning == PlanningRecord(mood: "hungry", budget: budget, distanceMetres: 10_000, saidNone: false))
        let elsewhere = try await test.store.read { try $0.membership(room: other.id, account: bob.id)?.planning }
        #expect(elsewhere == PlanningRecord(mood: nil, budget: nil, distanceMetres: nil, saidNone: false))
        let windows = try await test.store.read { try $0.availability(room: room.id, account: bob.id) }
        #expect(windows == [StoredWindow(start: 10, end: 20), StoredWindow(start: 50, end: 60)])
        try await test.store.write(origin: nil) { try $0.forgetWindows(endedBefore: 21) }
        #expect(try await test.store.read { try $0.availability(room: room.id)[bob.id]?.map(\.start) } == [50])
        try await test.store.write(origin: nil) { transaction in
            try transaction.setMood(nil, room: room.id, account: bob.id)
            try transaction.setBudget(nil, room: room.id, account: bob.id)
            try transaction.setDistance(metres: nil, room: room.id, account: bob.id)
            try transaction.replaceAvailability([], saidNone: true, room: room.id, account: bob.id)
        }
        let none = try await test.store.read { try $0.membership(room: room.id, account: bob.id)?.planning }
        #expect(none == PlanningRecord(mood: nil, budget: nil, distanceMetres: nil, saidNone: true))
        try await test.store.write(origin: nil) { transaction in
            try transaction.removeMember(room: room.id, account: bob.id)
            try transaction.addMember(room: room.id, account: bob.id)
        }
        let fresh = try await test.store.read { try $0.membership(room: room.id, account: bob.id)?.planning }
        #expect(fresh?.saidNone == false)
    }

    @Test(arguments: StoreKind.all) func aSettingIsTheDatabasesOwnAndTheFirstOneHolds(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        for (name, first) in ["a": [1, 2, 3], "b": [UInt8](0...255), "c": []] {
            #expect(try await test.store.read { try $0.setting(name) } == nil)
            for value in [first, [4]] {
                #expect(try await test.store.write(origin: nil) { try $0.firstSetting(name, value) } == first)
                #expect(try await test.store.read { try $0.setting(name) } == first)
            }
        }
    }
}
