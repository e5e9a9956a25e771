import Commands
import LineProtocol
import NIOCore
import Persistence

/// What a connection is and may do: a value without I/O. `ConnectionHandler` acts for it.
///
/// It decides what a line means (`interpret`) and whether the next one may be taken (`mayTake`). It does not know of
/// bytes under way, of timers, or of who else listens.
struct ConnectionState {
    /// What is being done with the lines that were taken.
    enum Turn: Equatable {
        case idle
        /// Messages on their way to the disk; more may follow before the first is answered.
        case messages(count: Int, bytes: Int)
        /// One command runs; its answer comes before any other line is looked at.
        case command
    }

    /// What a line leads to.
    enum Step {
        case nothing
        /// `room` is folded; `typed` is how an answer names it if there is none.
        case message(room: String, typed: String, text: String, once: String?, label: String?)
        case run(Command, Arguments, label: String?)
        case fail(verb: String, Failure, label: String?)
        /// The connection ends with these words.
        case end(String)
    }

    private(set) var turn = Turn.idle
    private(set) var identity: Identity?
    /// Events carry `@time` and `msgid`.
    var tags = false
    /// Lines without a slash are messages.
    var chat = false
    var currentRoom: RoomReference?
    private var hasSpoken = false
    private let registry: Registry

    init(registry: Registry) {
        self.registry = registry
    }

    /// Verbs that show a client of another protocol, when they come first.
    private static let otherProtocols: Set<String> = [
        "CAP", "NICK", "USER", "PASS", "GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT",
    ]

    /// At most so many messages of one connection are on their way to the disk.
    static let mostMessagesInFlight = 512
    /// At most so many bytes of them.
    static let mostBytesInFlight = 1_048_576

    var currentRoomName: RoomName? { currentRoom.flatMap { RoomName($0.name) } }

    // MARK: Lines

    /// What a line means. It changes nothing but that the first verb has been seen.
    mutating func interpret(_ frame: LineFramer.Frame) -> Step {
        switch frame {
        case .flooded:
            return .end("More than a line may hold, without an end.")
        case .tooLong(let label):
            return .fail(
                verb: "*",
                Failure(.inputTooLong, words: "A line has at most \(LineLimits.line) bytes with its ending."),
                label: label)
        case .line(let line):
            return chat ? interpretChat(line) : interpretCommand(line)
        }
    }

    private mutating func interpretChat(_ line: ByteBuffer) -> Step {
        switch ChatLine(line) {
        case .empty: return .nothing
        case .command: return interpretCommand(line)
        case .refused(let failure): return .fail(verb: "*", failure, label: nil)
        case .message(let text):
            guard let room = currentRoom else { return .fail(verb: "MSG", .noRoom, label: nil) }
            return message(
                room: room.name.asciiLowercased, typed: "#" + room.name, text: text, once: nil, label: nil)
        }
    }

    private mutating func interpretCommand(_ line: ByteBuffer) -> Step {
        switch Request.parse(line) {
        case .empty: return .nothing
        case .refused(let label, let failure):
            hasSpoken = true
            return .fail(verb: "*", failure, label: label)
        case .request(let request):
            if !hasSpoken && !request.hasSlash && Self.otherProtocols.contains(request.verb) {
                return .end(
                    "This server speaks the QuickGather protocol, not that of \(request.verb). Try: openssl s_client -quiet"
                )
            }
            hasSpoken = true
            do {
                return try interpret(request)
            } catch {
                return .fail(verb: request.verb, error, label: request.label)
            }
        }
    }

    private func interpret(_ request: Request) throws(Failure) -> Step {
        var reader = ParameterReader(request.parameters)
        let command = try registry.find(request.verb, &reader)
        try command.checkCaller(identity)
        let arguments = try command.declaration.read(reader, currentRoom: currentRoomName)
        guard case .message = command.action else { return .run(command, arguments, label: request.label) }
        guard let room = arguments.room else { throw .noRoom }
        return message(
            room: room.name.folded, typed: room.typed, text: try arguments.requiredText(), once: request.once,
            label: request.label)
    }

    private func message(
        room: String, typed: String, text: String, once: String?, label: String?
    ) -> Step {
        guard text.utf8.count <= LineLimits.message else {
            return .fail(verb: "MSG", .textTooLong(LineLimits.message), label: label)
        }
        return .message(room: room, typed: typed, text: text, once: once, label: label)
    }

    // MARK: Turns

    /// Whether a line with this step may be acted on now, or has to wait for what is under way.
    func mayTake(_ step: Step) -> Bool {
        switch (turn, step) {
        case (.idle, _): true
        case (.messages(let count, let bytes), .message):
            count < Self.mostMessagesInFlight && bytes < Self.mostBytesInFlight
        case (.messages, _), (.command, _): false
        }
    }

    mutating func began(messageOf bytes: Int) {
        switch turn {
        case .idle: turn = .messages(count: 1, bytes: bytes)
        case .messages(let count, let inFlight): turn = .messages(count: count + 1, bytes: inFlight + bytes)
        case .command: break
        }
    }

    mutating func ended(messageOf bytes: Int) {
        guard case .messages(let count, let inFlight) = turn else { return }
        turn = count <= 1 ? .idle : .messages(count: count - 1, bytes: max(0, inFlight - bytes))
    }

    mutating func beganCommand() { turn = .command }

    mutating func endedCommand() { turn = .idle }

    mutating func loggedIn(_ identity: Identity) { self.identity = identity }

    /// The room is no longer current: it was left, lost or deleted.
    mutating func left(_ room: RoomID) {
        if currentRoom?.id == room { currentRoom = nil }
    }
}
