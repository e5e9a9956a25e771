import Commands
import LineProtocol
import NIOCore
import Persistence
import Testing

@testable import GatherChatd

/// The rules of a connection, as a dialogue: a line in, a step out.
@Suite("A connection's state")
struct ConnectionStateTests {
    static let bob = Identity(account: AccountID(rawValue: 7), username: bobsName, hasPassword: true, family: nil)
    static let bobsName = Username("bob") ?? { preconditionFailure("a name by the grammar") }()

    func state(loggedIn: Bool = true) -> ConnectionState {
        var state = ConnectionState(registry: .standard)
        if loggedIn { state.loggedIn(Self.bob) }
        return state
    }

    func step(_ state: inout ConnectionState, _ line: String) -> String {
        describe(state.interpret(.line(ByteBuffer(string: line))))
    }

    func describe(_ step: ConnectionState.Step) -> String {
        switch step {
        case .nothing: "nothing"
        case .message(let room, let typed, let text, let once, let label):
            "message \(room) \(typed) [\(text)] \(once ?? "-") \(label ?? "-")"
        case .run(let command, _, let label): "run \(command.declaration.name) \(label ?? "-")"
        case .fail(let verb, let failure, let label): "fail \(verb) \(failure.code.rawValue) \(label ?? "-")"
        case .end: "end"
        }
    }

    @Test func aStrangerMayDoLittle() {
        var state = state(loggedIn: false)
        #expect(step(&state, "HELP") == "run HELP -")
        #expect(step(&state, "@label=1 MSG #a hi") == "fail MSG LOGIN_REQUIRED 1")
        #expect(step(&state, "WHOAMI now") == "fail WHOAMI LOGIN_REQUIRED -")
        #expect(step(&state, "LOGIN bob secret words") == "run LOGIN -")
    }

    @Test func messagesCarryTheRoomAsTypedAndFolded() {
        var state = state()
        #expect(step(&state, "@label=1;once=k MSG #Tea  hi  there ") == "message tea #Tea [hi  there] k 1")
        #expect(step(&state, "MSG Tea :hi ") == "message tea Tea [hi ] - -")
        #expect(step(&state, "MSG #a!b hi") == "fail MSG NO_SUCH_ROOM -")
        #expect(step(&state, "MSG #a " + String(repeating: "x", count: 4_097)) == "fail MSG TEXT_TOO_LONG -")
    }

    @Test func linesOfChatAreMessagesToTheCurrentRoom() {
        var state = state()
        state.chat = true
        #expect(step(&state, "hello") == "fail MSG NO_ROOM -")
        state.currentRoom = RoomReference(id: RoomID(rawValue: 1), name: "Tea")
        #expect(step(&state, "@alice: hi") == "message tea #Tea [@alice: hi] - -")
        #expect(step(&state, "//x") == "message tea #Tea [/x] - -")
        #expect(step(&state, "/ping x") == "run PING -")
        #expect(step(&state, "a\u{7}") == "fail * INVALID_CHARACTER -")
        state.left(RoomID(rawValue: 2))
        #expect(step(&state, "still here") == "message tea #Tea [still here] - -")
        state.left(RoomID(rawValue: 1))
        #expect(step(&state, "gone") == "fail MSG NO_ROOM -")
    }

    @Test func anotherProtocolEndsTheConnectionWhenItComesFirstOnly() {
        for line in ["GET / HTTP/1.1", "nick bob", "CAP LS"] {
            var state = state(loggedIn: false)
            #expect(step(&state, line) == "end")
            var later = self.state(loggedIn: false)
            #expect(step(&later, "PING x") == "run PING -" && step(&later, line).hasPrefix("fail"))
        }
        var slashed = state(loggedIn: false)
        #expect(step(&slashed, "/nick bob") == "fail NICK UNKNOWN_COMMAND -")
    }

    @Test func linesThatAreTooLongOrEndless() {
        var state = state()
        #expect(describe(state.interpret(.tooLong(label: "q"))) == "fail * INPUT_TOO_LONG q")
        #expect(describe(state.interpret(.flooded)) == "end")
    }

    @Test func messagesMayOvertakeNothingButDoNotWaitForEachOther() {
        var state = state()
        let message = state.interpret(.line(ByteBuffer(string: "MSG #a hi")))
        let ping = state.interpret(.line(ByteBuffer(string: "PING x")))
        #expect(state.mayTake(message) && state.mayTake(ping))
        state.began(messageOf: 2)
        #expect(state.turn == .messages(count: 1, bytes: 2) && state.mayTake(message) && !state.mayTake(ping))
        state.began(messageOf: 3)
        state.ended(messageOf: 2)
        #expect(state.turn == .messages(count: 1, bytes: 3))
        state.ended(messageOf: 3)
        #expect(state.turn == .idle && state.mayTake(ping))
        state.beganCommand()
        #expect(!state.mayTake(message) && !state.mayTake(ping))
        state.endedCommand()
        #expect(state.mayTake(message))
    }

    @Test func messagesUnderWayAreBounded() {
        var state = state()
        let message = state.interpret(.line(ByteBuffer(string: "MSG #a hi")))
        for _ in 0..<ConnectionState.mostMessagesInFlight { state.began(messageOf: 1) }
        #expect(!state.mayTake(message))
        var large = self.state()
        large.began(messageOf: ConnectionState.mostBytesInFlight)
        #expect(!large.mayTake(message))
    }
}

@Suite("What waits to be written")
struct OutgoingQueueTests {
    func drain(_ queue: inout OutgoingQueue, answerPiece: Int = 100, eventPiece: Int = 100) -> [String] {
        var texts: [String] = []
        while let bytes = queue.next(answerPiece: answerPiece, eventPiece: eventPiece) {
            texts.append(String(buffer: bytes))
        }
        return texts
    }

    @Test func answersAndEventsKeepOneOrderAndAreCountedApart() {
        var queue = OutgoingQueue()
        #expect(queue.isEmpty && queue.isPassable)
        queue.append(answer: ByteBuffer(string: "a1"))
        queue.append(event: ByteBuffer(string: "e12"))
        queue.append(answer: ByteBuffer(string: "a2"))
        #expect(queue.answerBytes == 4 && queue.eventBytes == 3 && !queue.isPassable)
        #expect(drain(&queue) == ["a1", "e12", "a2"])
        #expect(queue.answerBytes == 0 && queue.eventBytes == 0 && queue.isPassable)
    }

    @Test func whatIsLongIsTakenInPieces() {
        var queue = OutgoingQueue()
        queue.append(answer: ByteBuffer(string: "answer"))
        queue.append(event: ByteBuffer(string: "event"))
        #expect(queue.next(answerPiece: 4, eventPiece: 3).map(String.init(buffer:)) == "answ")
        #expect(queue.answerBytes == 2 && queue.eventBytes == 5)
        #expect(drain(&queue, answerPiece: 4, eventPiece: 3) == ["er", "eve", "nt"])
        #expect(queue.answerBytes == 0 && queue.eventBytes == 0 && queue.isPassable)
    }

    @Test func eventsWaitBehindAnAnswerInPages() {
        var queue = OutgoingQueue()
        queue.beginAnswer()
        queue.append(answer: ByteBuffer(string: "row1"))
        queue.append(event: ByteBuffer(string: "event"))
        #expect(drain(&queue) == ["row1"] && queue.eventBytes == 5 && !queue.isPassable)
        queue.append(answer: ByteBuffer(string: "OK"))
        queue.endAnswer()
        #expect(drain(&queue) == ["OK", "event"] && queue.eventBytes == 0)
    }
}

@Suite("Flood control")
struct FloodControlTests {
    @Test func aBurstThenARate() {
        let start = NIODeadline.uptimeNanoseconds(1_000)
        var flood = FloodControl(rate: 100, burst: 5, now: start)
        for _ in 0..<5 { #expect(flood.take(now: start) == nil) }
        #expect(flood.take(now: start) == start + .milliseconds(10))
        #expect(flood.take(now: start + .milliseconds(9)) == start + .milliseconds(10))
        #expect(flood.take(now: start + .milliseconds(10)) == nil)
        #expect(flood.take(now: start + .milliseconds(10)) == start + .milliseconds(20))
        // However long it was quiet, there is one burst.
        let later = start + .seconds(60)
        for _ in 0..<5 { #expect(flood.take(now: later) == nil) }
        #expect(flood.take(now: later) != nil)
    }

    @Test func aBusyConnectionNeverGetsMoreThanItsShare() {
        let start = NIODeadline.uptimeNanoseconds(0)
        var (flood, taken) = (FloodControl(rate: 100, burst: 50, now: start), 0)
        for millisecond in 0..<2_000 where flood.take(now: start + .milliseconds(Int64(millisecond))) == nil {
            taken += 1
        }
        #expect((249...251).contains(taken))
    }

    @Test func aRateOfZeroIsNoLimit() {
        var flood = FloodControl(rate: 0, burst: 1, now: .uptimeNanoseconds(0))
        for _ in 0..<1_000 { #expect(flood.take(now: .uptimeNanoseconds(0)) == nil) }
    }
}
