import Testing

@testable import Persistence

@Suite("Rooms and who is in them, in every store", .timeLimit(.minutes(2)))
struct RoomContractTests {
    @Test(arguments: StoreKind.all) func aNewRoomIsInviteOnlyEmptyAndItsMakersOwn(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("Alice")
        let made = try await test.store.write(origin: nil) {
            try $0.createRoom(name: "Tea", folded: "tea", topic: "leaves", owner: alice.id)
        }
        let (byName, byID, owner, member) = try await test.store.read {
            (
                try $0.room(named: "tea"), try $0.room(made.reference.id), try $0.owner(of: made.reference.id),
                try $0.membership(room: made.reference.id, account: alice.id)
            )
        }
        #expect(byName == made && byID == made && owner == alice)
        #expect(made.access == .invite && made.topic == "leaves" && made.created == test.clock.now())
        #expect(made.firstID == 0 && made.lastID == 0)
        #expect(member?.role == .owner && member?.joined == test.clock.now() && member?.lastSeen == nil)
    }

    @Test(arguments: StoreKind.all) func aNameThatIsTakenUndoesOnlyTheWriteThatWantedIt(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        await #expect(throws: StoreFailure.self) { try await test.room("TEA", owner: alice) }
        #expect(try await test.store.read { try $0.rooms(of: alice.id) } == [room])
    }

    @Test(arguments: StoreKind.all) func aRenamedRoomKeepsItsIDsMembersAndMessages(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        _ = try await test.say(["one"], in: "tea", as: alice)
        try await test.store.write(origin: nil) { try $0.renameRoom(room.id, name: "Coffee", folded: "coffee") }
        #expect(try await test.say(["x"], in: "tea", as: alice).map(\.refusal) == [.noSuchRoom])
        #expect(try await test.say(["two"], in: "coffee", as: alice).map(\.id) == [2])
        #expect(try await test.store.read { try $0.room(named: "coffee")?.reference.name } == "Coffee")
        let other = try await test.room("tea", owner: alice)
        #expect(try await test.say(["one"], in: "tea", as: alice).map(\.id) == [1])
        #expect(other.id != room.id)
    }

    @Test(arguments: StoreKind.all) func groupsAreThoseOneIsInOrInvitedToByName(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let mine = try await test.room("b-mine", owner: bob, members: alice)
        let waiting = try await test.room("a-waiting", owner: alice)
        let late = try await test.room("c-late", owner: alice)
        _ = try await test.room("d-strange", owner: alice)
        let soon = test.clock.now().advanced(byMilliseconds: 1_000)
        try await test.store.write(origin: nil) { transaction in
            try transaction.setRole(.organizer, room: mine.id, account: alice.id)
            try transaction.invite(bob.id, to: waiting.id, by: alice.id, expires: soon.advanced(byMilliseconds: 1))
            try transaction.invite(bob.id, to: late.id, by: alice.id, expires: soon)
            // An invitation of a member adds no second row.
            try transaction.invite(bob.id, to: mine.id, by: alice.id, expires: soon.advanced(byMilliseconds: 1))
        }
        test.clock.advance(milliseconds: 1_000)
        let groups = try await test.store.read { try $0.groups(of: bob.id) }
        #expect(groups.map(\.room.reference) == [waiting, mine])
        #expect(groups.map(\.role) == [nil, .owner])
        #expect(groups.map(\.isInvited) == [true, false])
        #expect(groups.map(\.members) == [1, 2])
        let pending = try await test.store.read { try $0.pendingInvitations(of: bob.id) }
        #expect(pending.map(\.room) == [waiting, mine] && pending.allSatisfy { $0.by == alice })
        #expect(try await test.store.read { try $0.roomCount(of: bob.id) } == 1)
    }

    @Test(arguments: StoreKind.all) func openRoomsAreThoseOneIsNotIn(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let open = try await test.room("b-open", owner: alice)
        let invited = try await test.room("a-invited", owner: alice)
        let member = try await test.room("c-member", owner: alice, members: bob)
        _ = try await test.room("d-closed", owner: alice)
        try await test.store.write(origin: nil) { transaction in
            for room in [open, invited, member] { try transaction.setAccess(.open, room: room.id) }
            try transaction.invite(bob.id, to: invited.id, by: alice.id, expires: Timestamp(milliseconds: .max))
        }
        let rooms = try await test.store.read { try $0.openRooms(without: bob.id, after: "", limit: 10) }
        #expect(rooms.map(\.room.reference) == [invited, open])
        let pages = try await test.store.read { transaction in
            try ["", "a-invited", "b-open"].map { try transaction.openRooms(without: bob.id, after: $0, limit: 1) }
        }
        #expect(pages.map { $0.map(\.room.reference) } == [[invited], [open], []])
        #expect(rooms.map(\.isInvited) == [true, false])
        #expect(rooms.allSatisfy { $0.role == nil && $0.members == 1 && $0.room.access == .open })
    }

    @Test(arguments: StoreKind.all) func membersComeByNameAndAreFoundByIt(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (carl, alice, bob) = (
            try await test.account("Carl"), try await test.account("alice"), try await test.account("Bob")
        )
        let room = try await test.room("tea", owner: carl, members: bob, alice)
        try await test.store.write(origin: nil) { transaction in
            try transaction.setDisplayName("Bobby", account: bob.id)
            try transaction.setLastSeen(Timestamp(milliseconds: 5), room: room.id, account: bob.id)
        }
        let (members, found, none, ids, count) = try await test.store.read {
            (
                try $0.members(room: room.id), try $0.member(named: "bob", in: room.id),
                try $0.member(named: "dora", in: room.id), try $0.memberIDs(room: room.id),
                try $0.memberCount(room: room.id)
            )
        }
        #expect(members.map(\.account) == [alice, bob, carl])
        #expect(found?.account == bob && found?.displayName == "Bobby" && found?.role == .member)
        #expect(found?.lastSeen == Timestamp(milliseconds: 5))
        #expect(none == nil && count == 3 && Set(ids) == [alice.id, bob.id, carl.id])
    }

    @Test(arguments: StoreKind.all) func whoWasPutOutIsBarredUntilInvitedByName(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let room = try await test.room("tea", owner: alice, members: bob)
        let far = Timestamp(milliseconds: .max)
        func state() async throws -> [Bool] {
            try await test.store.read {
                [
                    try $0.isBarred(bob.id, from: room.id), try $0.isInvited(room: room.id, account: bob.id),
                    try $0.membership(room: room.id, account: bob.id) != nil,
                ]
            }
        }
        try await test.store.write(origin: nil) { transaction in
            try transaction.removeMember(room: room.id, account: bob.id)
            try transaction.bar(bob.id, from: room.id)
            try transaction.bar(bob.id, from: room.id)
        }
        #expect(try await state() == [true, false, false])
        try await test.store.write(origin: nil) { try $0.invite(bob.id, to: room.id, by: alice.id, expires: far) }
        #expect(try await state() == [false, true, false])
        try await test.store.write(origin: nil) { try $0.addMember(room: room.id, account: bob.id) }
        #expect(try await state() == [false, false, true])
    }

    @Test(arguments: StoreKind.all) func aKickTakesTheWaitingInvitationAway(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let room = try await test.room("tea", owner: alice)
        try await test.store.write(origin: nil) { transaction in
            try transaction.invite(bob.id, to: room.id, by: alice.id, expires: Timestamp(milliseconds: .max))
            try transaction.bar(bob.id, from: room.id)
        }
        #expect(try await test.store.read { try $0.isInvited(room: room.id, account: bob.id) } == false)
    }

    @Test(arguments: StoreKind.all) func codesAreOfOneRoomAndEndTogether(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        let (tea, pub) = (try await test.room("tea", owner: alice), try await test.room("pub", owner: alice))
        let far = Timestamp(milliseconds: .max)
        try await test.store.write(origin: nil) { transaction in
            try transaction.createInviteCode("one", room: tea.id, by: alice.id, expires: far)
            try transaction.createInviteCode("two", room: tea.id, by: alice.id, expires: far)
            try transaction.createInviteCode("three", room: pub.id, by: alice.id, expires: far)
        }
        let before = try await test.store.read {
            [
                try $0.isValid(inviteCode: "one", room: tea.id), try $0.isValid(inviteCode: "one", room: pub.id),
                try $0.isValid(inviteCode: "none", room: tea.id),
            ]
        }
        #expect(before == [true, false, false])
        #expect(try await test.store.read { try $0.inviteCodeCount(room: tea.id) } == 2)
        try await test.store.write(origin: nil) { try $0.removeInviteCodes(room: tea.id) }
        let after = try await test.store.read {
            [try $0.isValid(inviteCode: "one", room: tea.id), try $0.isValid(inviteCode: "three", room: pub.id)]
        }
        #expect(after == [false, true])
    }

    @Test(arguments: StoreKind.all) func invitationsByNameAreCountedADayAlsoIfTaken(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let room = try await test.room("tea", owner: alice)
        let (far, start) = (Timestamp(milliseconds: .max), test.clock.now())
        for _ in 0..<2 {
            try await test.store.write(origin: nil) { transaction in
                try transaction.invite(bob.id, to: room.id, by: alice.id, expires: far)
                try transaction.removeInvitation(room: room.id, account: bob.id)
            }
            test.clock.advance(milliseconds: 60_000)
        }
        let later = start.advanced(byMilliseconds: 60_000)
        let (all, some) = try await test.store.read {
            (
                try $0.invitationTimes(by: alice.id, since: start.advanced(byMilliseconds: -1)),
                try $0.invitationTimes(by: alice.id, since: start)
            )
        }
        #expect(all == [start, later] && some == [later])
        test.clock.advance(milliseconds: 86_400_000 - 120_000)
        try await test.store.write(origin: nil) { try $0.forgetInvitations() }
        let left = try await test.store.read { try $0.invitationTimes(by: alice.id, since: Timestamp(milliseconds: 0)) }
        #expect(left == [later])
    }

    @Test(arguments: StoreKind.all) func erasingARoomErasesWhatBelongsToIt(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let room = try await test.room("tea", owner: alice)
        let far = Timestamp(milliseconds: .max)
        _ = try await test.say(["hello"], in: "tea", as: alice, once: "k")
        try await test.store.write(origin: nil) { transaction in
            try transaction.invite(bob.id, to: room.id, by: alice.id, expires: far)
            try transaction.createInviteCode("code", room: room.id, by: alice.id, expires: far)
            try transaction.replaceAvailability(
                [StoredWindow(start: 1, end: 2)], saidNone: false, room: room.id, account: alice.id)
            try transaction.eraseRoom(room.id)
        }
        let counts = try await test.store.read { transaction in
            try ["room", "member", "invitation", "invite_code", "message", "once", "availability"].map {
                try transaction.session.number("SELECT count(*) FROM \($0)")
            }
        }
        #expect(counts.allSatisfy { $0 == 0 })
    }
}
