import NIOCore
import NIOEmbedded
import Persistence
import Testing

@testable import Commands
@testable import GatherChatd

/// Many who come or go are told together, and nobody can tell that by anything but the number of writes.
@Suite("Presence events that wait for company")
struct WaitingPresenceTests {
    private static let many = LoopHub.manyListeners

    private func line(_ account: Int64) -> String { ":n\(account) JOIN #tea\r\n" }

    private func bench(_ listeners: Int = many, limits: Limits = Limits()) async throws -> LoopBench {
        try LoopBench(try await LoopBench.shared(limits), listeners: listeners)
    }

    @Test func aQuietRoomIsToldAtOnceAndABusyOneTogetherWithin10Milliseconds() async throws {
        let bench = try await bench()
        bench.join(100)
        for seat in bench.seats { #expect(try seat.written() == [line(100)]) }
        for account in Int64(101)...105 { bench.join(account) }
        bench.pass(milliseconds: 9)
        bench.join(106)
        #expect(try bench.seats.allSatisfy { try $0.written().isEmpty })
        bench.pass(milliseconds: 1)
        for seat in bench.seats { #expect(try seat.written() == [(Int64(101)...106).map(line).joined()]) }
        bench.pass(milliseconds: 10)
        bench.join(107)
        for seat in bench.seats { #expect(try seat.written() == [line(107)]) }
    }

    @Test func aSmallRoomNeverWaits() async throws {
        let bench = try await bench(Self.many - 1)
        for account in Int64(100)...103 {
            bench.join(account)
            for seat in bench.seats { #expect(try seat.written() == [line(account)]) }
        }
    }

    @Test func aTopicIsNoPresence() async throws {
        let bench = try await bench()
        for topic in ["one", "two"] {
            bench.commit([
                .change(
                    .topic(LoopBench.room, by: .init(id: .init(rawValue: 7), name: "eve"), topic: topic), origin: nil)
            ])
            #expect(try bench.seats[1].written() == [":eve TOPIC #tea :\(topic)\r\n"])
        }
        bench.join(100)
        #expect(try bench.seats[1].written() == [line(100)])
    }

    @Test func whateverElseTheRoomHearsComesBehindWhatWaits() async throws {
        let bench = try await bench()
        let eve = AccountReference(id: AccountID(rawValue: 900), name: "eve")
        let renamed = RoomReference(id: LoopBench.room.id, name: "coffee")
        try bench.stir()
        bench.join(100)
        bench.message("hi")
        #expect(try bench.seats[1].written() == [line(100), ":eve MSG #tea :hi\r\n"])
        bench.join(101)
        bench.commit([.change(.topic(LoopBench.room, by: eve, topic: "t"), origin: nil)])
        #expect(try bench.seats[1].written() == [line(101) + ":eve TOPIC #tea :t\r\n"])
        bench.join(102)
        bench.commit([
            .change(
                .kicked(LoopBench.room, AccountReference(id: .init(rawValue: 2), name: "p2"), by: eve, reason: nil),
                origin: nil)
        ])
        #expect(try bench.seats[2].written().joined().hasSuffix(line(102) + ":eve KICK #tea p2\r\n"))
        bench.join(103)
        bench.commit([
            .change(.renamed(LoopBench.room, to: renamed, by: eve, members: [.init(rawValue: 1)]), origin: nil)
        ])
        #expect(try bench.seats[1].written().joined().hasSuffix(line(103) + ":eve RENAME #tea #coffee\r\n"))
    }

    @Test func aMessageElsewhereMovesNothing() async throws {
        let bench = try await bench()
        try bench.stir()
        bench.join(100)
        bench.join(101, in: LoopBench.other)
        bench.commit([
            .change(.topic(LoopBench.other, by: .init(id: .init(rawValue: 7), name: "eve"), topic: "t"), origin: nil)
        ])
        #expect(try bench.seats[1].written().isEmpty)
    }

    @Test func whoAsksHearsWhatWaitsFirstAndOnce() async throws {
        let bench = try await bench()
        try bench.stir()
        bench.join(100)
        bench.put([.change(.listens(LoopBench.room, .init(id: .init(rawValue: 101), name: "n101")), origin: nil)])
        try bench.seats[3].type("PING x")
        #expect(try bench.seats[3].written().joined() == line(100) + line(101) + "OK PING x\r\n")
        // Refused before it runs.
        try bench.seats[5].type("NONSENSE")
        #expect(try bench.seats[5].written().joined().hasPrefix(line(100) + line(101) + "FAIL "))
        bench.join(102)
        #expect(try bench.seats[4].written().isEmpty)
        bench.pass(milliseconds: 10)
        #expect(try bench.seats[3].written() == [line(102)])
        #expect(try bench.seats[4].written() == [(Int64(100)...102).map(line).joined()])
    }

    @Test func whoListensLaterHearsNothingFromBefore() async throws {
        let bench = try await bench()
        try bench.stir()
        let (joiner, listener) = (try bench.add(), try bench.add())
        bench.join(100)
        bench.hub.addJoiner(joiner.handler, to: LoopBench.room)
        bench.join(101)
        joiner.handler.listen(in: LoopBench.room, liveAfter: 0, announced: false)
        bench.hub.removeJoiner(joiner.handler, from: LoopBench.room.id)
        listener.handler.listen(in: LoopBench.room, liveAfter: 0, announced: false)
        bench.join(102)
        bench.pass(milliseconds: 10)
        #expect(try joiner.written() == [line(101) + line(102)])
        #expect(try listener.written() == [line(102)])
        #expect(try bench.seats[1].written() == [line(100) + line(101) + line(102)])
    }

    @Test func whoReplaysIsToldBeforeALineBehindTheReplayIsRead() async throws {
        let bench = try await bench()
        try bench.stir()
        let joiner = try bench.add()
        bench.hub.addJoiner(joiner.handler, to: LoopBench.room)
        bench.join(100)
        try joiner.type("PING x")
        #expect(try joiner.written().joined() == line(100) + "OK PING x\r\n")
        bench.pass(milliseconds: 10)
        #expect(try joiner.written().isEmpty)
    }

    @Test func nobodyHearsTheOwn() async throws {
        let bench = try await bench()
        try bench.stir()
        let second = try bench.add(account: 5)
        second.handler.listen(in: LoopBench.room, liveAfter: 0, announced: false)
        for account in [Int64(4), 5, 6] { bench.join(account) }
        bench.pass(milliseconds: 10)
        #expect(try bench.seats[5].written() == [line(4) + line(6)])
        #expect(try second.written() == [line(4) + line(6)])
        #expect(try bench.seats[7].written() == [line(4) + line(5) + line(6)])
    }

    @Test func noMoreThanABoundIsGathered() async throws {
        let bench = try await bench()
        try bench.stir()
        let most = GatheredEvents.most / 128
        for account in 0..<most { bench.join(1_000 + Int64(account)) }
        #expect(try bench.seats[1].written().isEmpty)
        bench.join(5_000)
        #expect(try bench.seats[1].written().joined().utf8.count { $0 == 10 } == most)
        bench.pass(milliseconds: 10)
        #expect(try bench.seats[1].written() == [line(5_000)])
    }

    @Test func aSlowReaderIsStillFound() async throws {
        var limits = Limits()
        limits.readerQueue = 100
        let bench = try await bench(limits: limits)
        try bench.stir()
        bench.seats[9].handler.isWritable = false
        for account in Int64(100)...110 { bench.join(account) }
        #expect(bench.hub.counts.slowReadersClosed == 0)
        bench.pass(milliseconds: 10)
        #expect(bench.seats[9].handler.phase != .open && bench.hub.counts.slowReadersClosed == 1)
        #expect(try bench.seats[8].written() == [(Int64(100)...110).map(line).joined()])
    }

    @Test func aConnectionIsToldBeforeItEnds() async throws {
        let bench = try await bench()
        try bench.stir()
        bench.join(100)
        bench.seats[1].handler.end("bye")
        #expect(try bench.seats[1].written().joined() == line(100) + "ERROR :bye\r\n")
    }

    @Test func aConnectionThatACommitEndsHasHeardWhatCameBefore() async throws {
        let bench = try await bench(Self.many + 1)
        try bench.stir()
        let join = Change.listens(LoopBench.room, .init(id: .init(rawValue: 100), name: "n100"))
        let end = Change.sessionsClosed(AccountID(rawValue: 1), .passwordChanged)
        bench.commit([.change(join, origin: nil), .change(end, origin: nil)])
        #expect(try bench.seats[1].written().joined() == line(100) + "ERROR :The password was changed.\r\n")
        #expect(try bench.seats[2].written().isEmpty)
    }

    @Test func anAnswerComesBehindWhatWaits() async throws {
        let bench = try await bench()
        try bench.stir()
        let leaving = bench.seats[1]
        leaving.handler.state.beganCommand()
        bench.join(100)
        leaving.handler.finish(
            .leave, label: nil, .success(Answer(["#tea"], effects: [.stopListening(LoopBench.room)])))
        bench.hub.flush()
        #expect(try leaving.written().joined() == line(100) + "OK LEAVE #tea\r\n")
    }

    @Test func theTimerFindsNobodyAfterTheEnd() async throws {
        let bench = try await bench()
        try bench.stir()
        bench.join(100)
        for seat in bench.seats { _ = try seat.channel.finish(acceptAlreadyClosed: true) }
        bench.pass(milliseconds: 20)
        #expect(bench.hub.roomsListenedTo.isEmpty && bench.hub.connections.isEmpty)
    }

    @Test func manyWhoVanishAreToldTogether() async throws {
        let bench = try await bench(4 * Self.many)
        try bench.stir()
        for (number, seat) in bench.seats.dropFirst(2 * Self.many).enumerated() {
            seat.handler.leaveEverywhere()
            let account = AccountReference(id: AccountID(rawValue: Int64(number) + 300), name: "n\(number)")
            bench.commit([.change(.left(LoopBench.room, account, reason: nil), origin: nil)])
        }
        bench.pass(milliseconds: 10)
        let written = try bench.seats[0].written()
        #expect(written.count == 1 && written.joined().utf8.count { $0 == 10 } == 2 * Self.many)
    }

    @Test func everyListenerIsFoundAtItsPlaceHoweverManyLeft() async throws {
        let bench = try await bench(40)
        var random = SystemRandomNumberGenerator()
        var left = Array(bench.seats)
        while left.count > 1 {
            left.remove(at: Int.random(in: 0..<left.count, using: &random)).handler.leaveEverywhere()
            bench.join(100)
            for seat in bench.seats {
                let isHere = left.contains { $0.handler === seat.handler }
                #expect(try seat.written() == (isHere ? [line(100)] : []))
            }
        }
    }
}
