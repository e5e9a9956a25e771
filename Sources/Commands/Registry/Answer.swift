public import LineProtocol
public import Persistence

/// What a command answers: rows, then the OK line, and what changes for its connection.
public struct Answer: Sendable {
    public var rows: [Row]
    /// The fields of the OK line after its verb.
    public var fields: [String]
    /// The text of the OK line.
    public var text: String?
    /// Rows that come a page at a time before the OK line, instead of `rows`.
    public var pages: (any PagedRows)?
    /// What changes for the connection, in this order, once the answer is written.
    public var effects: [SessionEffect]

    public init(
        rows: [Row] = [], _ fields: [String] = [], text: String? = nil, effects: [SessionEffect] = []
    ) {
        self.rows = rows
        self.fields = fields
        self.text = text
        self.effects = effects
    }
}

/// What an answer changes for the connection that asked.
public enum SessionEffect: Sendable {
    case loggedIn(Identity)
    case tags(Bool)
    case chat(Bool)
    /// The room that a line without one is about.
    case current(RoomReference?)
    /// Listen from here on, without a replay (CREATE).
    case listen(RoomReference, announced: Bool)
    /// Replay, then listen (JOIN). The OK line comes after the replay and is made by it.
    case replay(Replay)
    /// Stop listening on this connection only.
    case stopListening(RoomReference)
    /// A NOTICE after the answer; about a room or about nothing.
    case notice(room: String?, words: String)
    /// An event after the answer, for this connection only.
    case event(Event)
    /// The connection ends after the answer, as its owner asked; the reason goes into its LEAVE events.
    case quit(reason: String?)
    /// The connection ends after the answer with an ERROR line.
    case close(String)
}

/// Rows that are read a page at a time, as the client takes them, so that no answer is held whole.
public protocol PagedRows: Sendable {
    /// - Returns: The next rows; empty when all were given.
    func next() async throws -> [Row]
    /// The fields of the OK line, known when all rows were given.
    func fields() async -> [String]
}

/// A replay: the messages of a room after a point, then live events without gap or repeat.
public struct Replay: Sendable {
    public let room: RoomReference
    /// Messages with larger ids are replayed.
    public let after: Int64
    /// The room's newest message before the replay began: what is stored by other daemons after it will be told.
    public let newest: Int64
    /// Asked for with `since=`: then also a connection that listens already gets it.
    public let isAskedFor: Bool
    /// A new member's JOIN was told by its transaction; anybody else's is told when listening begins.
    public let isNewMember: Bool

    public init(room: RoomReference, after: Int64, newest: Int64, isAskedFor: Bool, isNewMember: Bool) {
        self.room = room
        self.after = after
        self.newest = newest
        self.isAskedFor = isAskedFor
        self.isNewMember = isNewMember
    }
}
