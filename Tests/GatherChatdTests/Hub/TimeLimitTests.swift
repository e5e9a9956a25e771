import NIOCore
import NIOEmbedded
import Testing

@testable import Commands
@testable import GatherChatd

/// A loop looks once a second at the connections that have a time limit, and at no others.
@Suite("Time limits of connections")
struct TimeLimitTests {
    private let begin = NIODeadline.now()

    private func bench(_ limits: Limits = Limits()) async throws -> LoopBench {
        try LoopBench(try await LoopBench.shared(limits), listeners: 0)
    }

    /// A channel that takes nothing, or takes again.
    private func setWritable(_ isWritable: Bool, _ seat: LoopBench.Seat) {
        seat.channel.isWritable = isWritable
        seat.channel.pipeline.fireChannelWritabilityChanged()
    }

    private func look(_ bench: LoopBench, after seconds: Int64) throws {
        bench.hub.lookAtTimes(now: begin + .seconds(seconds))
        bench.loop.run()
    }

    /// A listener that has been told nothing yet, and has no time limit.
    private func listener(_ bench: LoopBench) throws -> LoopBench.Seat {
        let seat = try bench.add()
        seat.handler.listen(in: LoopBench.room, liveAfter: 0, announced: false)
        try look(bench, after: 0)
        #expect(bench.hub.timed.isEmpty)
        return seat
    }

    @Test func whoeverDoesNotLogInIsClosedAfterTheGrace() async throws {
        var limits = Limits()
        limits.loginGrace = 30
        let bench = try await bench(limits)
        let seat = bench.connect()
        try look(bench, after: 29)
        #expect(seat.handler.phase == .open)
        try look(bench, after: 31)
        #expect(try seat.written().joined().hasSuffix("ERROR :Nobody logged in in time.\r\n"))
        #expect(seat.handler.phase != .open)
    }

    @Test func whoeverIsLoggedInAndWaitsForNothingIsNotLookedAt() async throws {
        let bench = try await bench()
        for _ in 0..<3 { _ = try listener(bench) }
        bench.message("hi")
        #expect(bench.hub.timed.isEmpty)
        try look(bench, after: 1_000_000)
        #expect(bench.seats.allSatisfy { $0.handler.phase == .open })
    }

    @Test func aReaderThatTakesNothingIsClosedAMinuteAfterSomethingHadToWait() async throws {
        let bench = try await bench()
        let seat = try listener(bench)
        setWritable(false, seat)
        try look(bench, after: 1_000_000)
        #expect(seat.handler.phase == .open)
        bench.message("hi")
        #expect(bench.hub.timed.count == 1)
        try look(bench, after: 59)
        #expect(seat.handler.phase == .open)
        try look(bench, after: 61)
        #expect(try seat.written().joined().contains("ERROR :You read too slowly."))
    }

    @Test func aReaderThatTakesSomethingNowAndThenStays() async throws {
        let bench = try await bench()
        let seat = try listener(bench)
        for minute in Int64(1)...3 {
            setWritable(false, seat)
            bench.message("hi")
            try look(bench, after: 50 * minute)
            setWritable(true, seat)
            setWritable(false, seat)
            bench.message("hi")
            try look(bench, after: 50 * minute + 1)
            #expect(seat.handler.phase == .open)
        }
        setWritable(true, seat)
        try look(bench, after: 151)
        #expect(bench.hub.timed.isEmpty)
    }

    @Test func answersThatAreNotTakenCountAsWell() async throws {
        let bench = try await bench()
        let seat = try listener(bench)
        setWritable(false, seat)
        try seat.type("MSG")
        #expect(bench.hub.timed.count == 1)
        try look(bench, after: 61)
        #expect(try seat.written().joined().contains("ERROR :You read too slowly."))
    }

    /// Its good-bye is on the way, and nobody reads it.
    @Test func aConnectionThatEndsIsClosedWhateverItsPeerDoes() async throws {
        let bench = try await bench()
        let seat = try listener(bench)
        setWritable(false, seat)
        seat.handler.end("Enough.")
        #expect(bench.hub.timed.count == 1)
        try look(bench, after: 3)
        #expect(seat.handler.phase == .closed)
        try look(bench, after: 4)
        #expect(bench.hub.timed.isEmpty)
    }
}
