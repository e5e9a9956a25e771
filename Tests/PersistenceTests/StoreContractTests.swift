import Foundation
import Synchronization
import Testing

@testable import Persistence

@Suite("What every store promises", .timeLimit(.minutes(2)))
struct StoreContractTests {
    @Test(arguments: StoreKind.all) func idsAreTheRoomsOwnWithoutGapsOverManySenders(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let people = try await [test.account("a"), test.account("b"), test.account("c"), test.account("d")]
        _ = try await test.room("Tea", owner: people[0], members: people[1], people[2], people[3])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, person) in people.enumerated() {
                group.addTask {
                    for round in 0..<50 {
                        let texts = (0..<10).map { "\(person.name)-\(round * 10 + $0)" }
                        let outcomes = try await test.say(texts, in: "tea", as: person, connection: UInt64(index + 1))
                        let ids = outcomes.compactMap(\.id)
                        #expect(ids.count == 10 && ids == ids.sorted())
                    }
                }
            }
            try await group.waitForAll()
        }
        let entries = try await test.store.read { transaction in
            try transaction.history(
                room: try #require(try transaction.room(named: "tea")).reference.id, after: 0, limit: 10_000)
        }
        #expect(entries.map(\.id) == Array(1...2_000))
        for person in people {
            #expect(
                entries.filter { $0.authorName == person.name }.map(\.text) == (0..<500).map { "\(person.name)-\($0)" })
        }
        #expect(test.log.batches.contains { $0.count > 1 }, "messages share batches")
    }

    @Test(arguments: StoreKind.all) func timeNeverRunsBackwardsInARoom(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        _ = try await test.room("tea", owner: alice)
        _ = try await test.say(["one"], in: "tea", as: alice)
        test.clock.advance(milliseconds: -3_600_000)
        _ = try await test.say(["two"], in: "tea", as: alice)
        let times = test.log.all.compactMap { if case .message(let message) = $0 { message.time } else { nil } }
        #expect(times.count == 2 && times[0] == times[1])
    }

    @Test(arguments: StoreKind.all) func onceStoresOneCopyForPersonRoomAndKey(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        _ = try await test.room("tea", owner: alice, members: bob)
        let first = try await test.say(["x", "x", "y"], in: "tea", as: alice, once: "k")
        #expect(first.map(\.id) == [1, 1, 1])
        let repeats = first.map { if case .message(let message) = $0 { message.isRepeat } else { false } }
        #expect(repeats == [false, true, true])
        #expect(try await test.say(["x"], in: "tea", as: bob, once: "k").map(\.id) == [2])
        #expect(try await test.say(["x"], in: "tea", as: alice, once: "k2").map(\.id) == [3])
        #expect(try await test.say(["x"], in: "tea", as: alice, once: "k").map(\.id) == [1])
    }

    @Test(arguments: StoreKind.all) func strangersLearnNothingOfAnInviteOnlyRoom(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let room = try await test.room("tea", owner: alice)
        #expect(try await test.say(["x"], in: "tea", as: bob).map(\.refusal) == [.noSuchRoom])
        #expect(try await test.say(["x"], in: "none", as: bob).map(\.refusal) == [.noSuchRoom])
        try await test.store.write(origin: nil) {
            try $0.invite(bob.id, to: room.id, by: alice.id, expires: Timestamp(milliseconds: .max))
        }
        #expect(try await test.say(["x"], in: "tea", as: bob).map(\.refusal) == [.notAMember(room)])
        try await test.store.write(origin: nil) { transaction in
            try transaction.removeInvitation(room: room.id, account: bob.id)
            try transaction.setAccess(.open, room: room.id)
        }
        #expect(try await test.say(["x"], in: "tea", as: bob).map(\.refusal) == [.notAMember(room)])
    }

    @Test(arguments: StoreKind.all) func anInvitationThatHasExpiredTellsNothingOfTheRoom(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let room = try await test.room("tea", owner: alice)
        let soon = test.clock.now().advanced(byMilliseconds: 1_000)
        try await test.store.write(origin: nil) { try $0.invite(bob.id, to: room.id, by: alice.id, expires: soon) }
        #expect(try await test.say(["x"], in: "tea", as: bob).map(\.refusal) == [.notAMember(room)])
        test.clock.advance(milliseconds: 1_000)
        #expect(try await test.say(["x"], in: "tea", as: bob).map(\.refusal) == [.noSuchRoom])
    }

    @Test(arguments: StoreKind.all) func nothingIsStoredAfterAKick(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let room = try await test.room("tea", owner: alice, members: bob)
        #expect(try await test.say(["before"], in: "tea", as: bob).map(\.id) == [1])
        async let flood = test.say((0..<300).map { "m\($0)" }, in: "tea", as: bob, connection: 2)
        try await test.store.write(origin: nil) { transaction in
            try transaction.removeMember(room: room.id, account: bob.id)
            try transaction.bar(bob.id, from: room.id)
            transaction.record(.kicked(room, bob, by: alice, reason: nil))
        }
        _ = try await flood
        #expect(try await test.say(["after"], in: "tea", as: bob, connection: 3).map(\.refusal) == [.noSuchRoom])
        let items = test.log.all
        let kick = try #require(items.firstIndex { if case .change(.kicked, _) = $0 { true } else { false } })
        for item in items[kick...] { if case .message = item { Issue.record("a message after the kick") } }
    }

    @Test(arguments: StoreKind.all) func aBodyThatThrowsIsUndoneAloneAndItsErrorComesBack(kind: StoreKind) async throws
    {
        struct Mistake: Error, Equatable {}
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    if number % 2 == 0 {
                        await #expect(throws: Mistake.self) {
                            try await test.store.write(origin: nil) { transaction in
                                try transaction.setTopic("wrong", room: room.id)
                                transaction.record(.topic(room, by: alice, topic: "wrong"))
                                throw Mistake()
                            }
                        }
                    } else {
                        try await test.store.write(origin: nil) { transaction in
                            let count = Int(try transaction.room(room.id)?.topic ?? "0") ?? -1_000
                            try transaction.setTopic(String(count + 1), room: room.id)
                            transaction.record(.topic(room, by: alice, topic: String(count + 1)))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await test.store.read { try $0.room(room.id)?.topic } == "20")
        #expect(test.log.changes == (1...20).map { .topic(room, by: alice, topic: String($0)) })
    }

    @Test(arguments: StoreKind.all) func theBatchIsToldBeforeTheWriterIsAnswered(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        for number in 0..<100 {
            try await test.store.write(origin: nil) { $0.record(.topic(room, by: alice, topic: "\(number)")) }
            #expect(test.log.changes.last == .topic(room, by: alice, topic: "\(number)"))
        }
    }

    @Test(arguments: StoreKind.all) func aWriteThatWasAnsweredIsSeenByEveryLaterRead(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        for number in 1...100 {
            _ = try await test.say(["m\(number)"], in: "tea", as: alice)
            #expect(try await test.store.read { try $0.room(room.id)?.lastID } == Int64(number))
        }
    }

    @Test(arguments: StoreKind.all) func historyPagesInBothDirections(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        _ = try await test.say((1...9).map(String.init), in: "tea", as: alice)
        let pages = try await test.store.read { transaction in
            [
                try transaction.history(room: room.id, after: 0, limit: 3),
                try transaction.history(room: room.id, after: 7, limit: 3),
                try transaction.history(room: room.id, before: nil, limit: 3),
                try transaction.history(room: room.id, before: 4, limit: 2),
                try transaction.history(room: room.id, before: 1, limit: 2),
                try transaction.history(room: room.id, author: alice.id, after: 8, limit: 5),
            ].map { $0.map(\.id) }
        }
        #expect(pages == [[1, 2, 3], [8, 9], [7, 8, 9], [2, 3], [], [9]])
    }

    @Test(arguments: StoreKind.all) func expiryMovesTheFirstIDAndKeepsTheLast(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        let room = try await test.room("tea", owner: alice)
        _ = try await test.say(["1", "2", "3"], in: "tea", as: alice, once: nil)
        test.clock.advance(milliseconds: 1_000)
        _ = try await test.say(["4"], in: "tea", as: alice)
        let limit = test.clock.now()
        #expect(try await test.store.write(origin: nil) { try $0.expireMessages(olderThan: limit, limit: 2) })
        #expect(try await test.store.read { try $0.room(room.id)?.firstID } == 3)
        #expect(try await test.store.write(origin: nil) { try $0.expireMessages(olderThan: limit, limit: 2) } == false)
        let some = try await test.store.read { try $0.room(room.id) }
        #expect(some?.firstID == 4 && some?.lastID == 4)
        _ = try await test.store.write(origin: nil) {
            try $0.expireMessages(olderThan: limit.advanced(byMilliseconds: 1), limit: 9)
        }
        let none = try await test.store.read { try $0.room(room.id) }
        #expect(none?.firstID == 5 && none?.lastID == 4)
        #expect(try await test.say(["5"], in: "tea", as: alice).map(\.id) == [5])
        #expect(try await test.store.read { try $0.room(room.id)?.firstID } == 5)
    }

    @Test(arguments: StoreKind.all) func refreshTokensAreSpentOnceATokenTheyGaveIsUsed(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        let far = Timestamp(milliseconds: .max)
        func add(_ pair: Int64, _ family: Int64) async throws {
            try await test.store.write(origin: nil) {
                try $0.addTokenPair(
                    family: family, pair: pair, access: [1, UInt8(pair)], accessExpires: far,
                    refresh: [2, UInt8(pair)], refreshExpires: far)
            }
        }
        func token(_ kind: UInt8, _ pair: UInt8) async throws -> TokenRecord? {
            try await test.store.read { try $0.token(hash: [kind, pair]) }
        }
        let family = try await test.store.write(origin: nil) {
            try $0.createTokenFamily(account: alice.id, name: "Bot", folded: "bot", refreshExpires: far)
        }
        try await add(1, family)
        try await add(2, family)
        #expect(try await token(2, 1)?.isSpent == false)
        #expect(try await token(1, 2) != nil)
        try await add(2, family)
        #expect(try await token(1, 2) != nil)
        try await test.store.write(origin: nil) { try $0.useTokenPair(family: family, pair: 2) }
        #expect(try await token(2, 1)?.isSpent == true)
        #expect(try await token(1, 1)?.isSpent == false)
        #expect(try await token(2, 2)?.isSpent == false)
        try await test.store.write(origin: nil) { try $0.revokeTokenFamily(family) }
        #expect(try await token(1, 1) == nil)
        #expect(try await token(2, 2) == nil)
    }

    @Test(arguments: StoreKind.all) func theLongestStandingOrganizerElseMemberSucceeds(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (a, b, c) = (try await test.account("a"), try await test.account("b"), try await test.account("c"))
        let room = try await test.room("tea", owner: a, members: c, b)
        try await test.store.write(origin: nil) { try $0.removeMember(room: room.id, account: a.id) }
        #expect(try await test.store.read { try $0.successor(room: room.id)?.account } == c)
        try await test.store.write(origin: nil) { try $0.setRole(.organizer, room: room.id, account: b.id) }
        #expect(try await test.store.read { try $0.successor(room: room.id)?.account } == b)
    }

    @Test(arguments: StoreKind.all) func invitationsAndCodesExpire(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let room = try await test.room("tea", owner: alice)
        let soon = test.clock.now().advanced(byMilliseconds: 1_000)
        try await test.store.write(origin: nil) { transaction in
            try transaction.invite(bob.id, to: room.id, by: alice.id, expires: soon)
            try transaction.createInviteCode("code", room: room.id, by: alice.id, expires: soon)
        }
        let good = try await test.store.read {
            (
                try $0.isInvited(room: room.id, account: bob.id), try $0.isValid(inviteCode: "code", room: room.id),
                try $0.inviteCodeCount(room: room.id)
            )
        }
        #expect(good == (true, true, 1))
        test.clock.advance(milliseconds: 1_000)
        let over = try await test.store.read {
            (
                try $0.isInvited(room: room.id, account: bob.id), try $0.isValid(inviteCode: "code", room: room.id),
                try $0.inviteCodeCount(room: room.id)
            )
        }
        #expect(over == (false, false, 0))
    }

    @Test(arguments: StoreKind.all) func erasingAnAccountKeepsItsMessagesWithoutAName(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let (alice, bob) = (try await test.account("alice"), try await test.account("bob"))
        let room = try await test.room("tea", owner: alice, members: bob)
        _ = try await test.say(["hello"], in: "tea", as: bob, once: "k")
        try await test.store.write(origin: nil) { transaction in
            try transaction.replaceAvailability(
                [StoredWindow(start: 1, end: 2)], saidNone: false, room: room.id, account: bob.id)
            try transaction.eraseAccount(bob.id)
        }
        let left = try await test.store.read { transaction in
            (
                try transaction.history(room: room.id, after: 0, limit: 9).map(\.authorName),
                try transaction.memberCount(room: room.id), try transaction.availability(room: room.id).count
            )
        }
        #expect(left.0 == [nil] && left.1 == 1 && left.2 == 0)
    }

    @Test(arguments: StoreKind.all) func erasingARoomLeavesNothingToOneOfTheSameName(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        let first = try await test.room("tea", owner: alice)
        _ = try await test.say(["x"], in: "tea", as: alice, once: "k")
        try await test.store.write(origin: nil) { try $0.eraseRoom(first.id) }
        #expect(try await test.say(["x"], in: "tea", as: alice).map(\.refusal) == [.noSuchRoom])
        let second = try await test.room("tea", owner: alice)
        #expect(second.id != first.id)
        #expect(try await test.say(["x"], in: "tea", as: alice, once: "k").map(\.id) == [1])
    }

    @Test(arguments: StoreKind.all) func dueMailsAreSentRetriedAndGivenUp(kind: StoreKind) async throws {
        let test = try TestStore(kind)
        let end = test.clock.now().advanced(byMilliseconds: 10_000)
        try await test.store.write(origin: nil) {
            try $0.enqueueMail(to: "a@example.org", subject: "s", body: "b", expires: end)
        }
        let mail = try #require(try await test.store.read { try $0.dueMails(limit: 5) }.first)
        let later = test.clock.now().advanced(byMilliseconds: 5_000)
        try await test.store.write(origin: nil) { try $0.mailFailed(mail.id, retryAt: later) }
        #expect(try await test.store.read { try $0.dueMails(limit: 5) }.isEmpty)
        test.clock.advance(milliseconds: 5_000)
        #expect(try await test.store.read { try $0.dueMails(limit: 5) }.first?.tries == 1)
        test.clock.advance(milliseconds: 5_000)
        #expect(try await test.store.read { try $0.dueMails(limit: 5) }.isEmpty)
        try await test.store.write(origin: nil) { try $0.forgetMails() }
        #expect(try await test.store.read { try $0.mailQueueLength() } == 0)
    }

    @Test(arguments: StoreKind.all) func whatWaitsWhenItClosesIsCommittedAndNothingIsTakenAfterwards(kind: StoreKind)
        async throws
    {
        let test = try TestStore(kind)
        let alice = try await test.account("alice")
        _ = try await test.room("tea", owner: alice)
        test.store.append(
            contentsOf: (0..<600).map {
                MessageDraft(
                    room: "tea", typedRoom: "#tea", author: alice.id, authorName: "alice", text: "\($0)", once: nil,
                    label: nil, origin: Origin(connection: 1, loop: 0))
            })
        await test.store.close()
        #expect(test.log.outcomes(of: 1).compactMap(\.id) == Array(1...600))
        await #expect(throws: StoreFailure.closed) { try await test.store.write(origin: nil) { _ in } }
        #expect(try await test.say(["late"], in: "tea", as: alice, connection: 2).map(\.refusal) == [.unavailable])
    }
}
