import Commands
import NIOCore
import Persistence

/// The part of the hub that belongs to one event loop: its connections, by room and by person.
///
/// Not thread safe: everything here is called on the loop.
final class LoopHub {
    /// A connection that listens in a room.
    struct Listener {
        let connection: ConnectionHandler
        /// Messages up to this id are in the replay that the connection already has.
        var liveAfter: Int64
    }

    /// A room as far as this loop's connections are concerned.
    final class Room {
        var reference: RoomReference
        var listeners = ContiguousArray<Listener>()
        /// Connections that read the last page of a replay: what is stored meanwhile is kept for them.
        var joiners: [ConnectionHandler] = []

        init(_ reference: RoomReference) { self.reference = reference }

        var isUnused: Bool { listeners.isEmpty && joiners.isEmpty }
    }

    let index: Int
    let loop: any EventLoop
    private(set) var connections: [UInt64: ConnectionHandler] = [:]
    private var people: [AccountID: [ConnectionHandler]] = [:]
    private var rooms: [RoomID: Room] = [:]
    /// Written to in this turn, and not flushed yet.
    private var unflushed: [ConnectionHandler] = []
    /// The memory of those flushed last, for the next turn.
    private var flushed: [ConnectionHandler] = []

    /// What this loop has done since the start.
    var counts = LoopCounts()

    private let inbox: Inbox

    /// Places for connections to be flushed that are kept from turn to turn.
    private static let mostKept = 4_096

    init(index: Int, loop: any EventLoop, inbox: Inbox) {
        self.index = index
        self.loop = loop
        self.inbox = inbox
    }

    // MARK: Who is here

    func add(_ connection: ConnectionHandler) {
        connections[connection.id] = connection
    }

    func remove(_ connection: ConnectionHandler, account: AccountID?) {
        connections[connection.id] = nil
        guard let account, var theirs = people[account] else { return }
        theirs.removeAll { $0 === connection }
        people[account] = theirs.isEmpty ? nil : theirs
    }

    func loggedIn(_ connection: ConnectionHandler, account: AccountID) {
        people[account, default: []].append(connection)
    }

    /// Begins to keep what is stored in a room for a connection that replays it.
    func addJoiner(_ connection: ConnectionHandler, to room: RoomReference) {
        let known = self.room(room)
        if !known.joiners.contains(where: { $0 === connection }) { known.joiners.append(connection) }
    }

    func removeJoiner(_ connection: ConnectionHandler, from room: RoomID) {
        guard let known = rooms[room] else { return }
        known.joiners.removeAll { $0 === connection }
        if known.isUnused { rooms[room] = nil }
    }

    /// Listens from the message after this one on.
    func addListener(_ connection: ConnectionHandler, to room: RoomReference, liveAfter: Int64) {
        self.room(room).listeners.append(Listener(connection: connection, liveAfter: liveAfter))
    }

    /// O(listeners of the room on this loop).
    func removeListener(_ connection: ConnectionHandler, from room: RoomID) {
        guard let known = rooms[room] else { return }
        if let index = known.listeners.firstIndex(where: { $0.connection === connection }) {
            known.listeners.swapAt(index, known.listeners.count - 1)
            known.listeners.removeLast()
        }
        if known.isUnused { rooms[room] = nil }
    }

    /// Connections that are logged in.
    var sessions: Int { people.values.reduce(0) { $0 + $1.count } }

    var roomsListenedTo: Set<RoomID> { Set(rooms.values.lazy.filter { !$0.listeners.isEmpty }.map(\.reference.id)) }

    private func room(_ reference: RoomReference) -> Room {
        if let known = rooms[reference.id] { return known }
        let made = Room(reference)
        rooms[reference.id] = made
        return made
    }

    // MARK: Delivering

    /// Hands all commits that have come to this loop's connections, and flushes each of them once.
    func deliverInbox() {
        for delivery in inbox.takeAll() {
            for segment in delivery.segments {
                switch segment {
                case .messages(let messages): deliver(messages)
                case .change(let change): deliver(change)
                }
            }
        }
        flush()
    }

    /// Somebody wrote to this connection in this turn.
    func needsFlush(_ connection: ConnectionHandler) { unflushed.append(connection) }

    func flush() {
        guard !unflushed.isEmpty else { return }
        // Who is flushed may want to be flushed again; and a flush within a flush finds another list.
        var connections = flushed
        flushed = []
        swap(&connections, &unflushed)
        for connection in connections { connection.flushWritten() }
        connections.removeAll(keepingCapacity: connections.count <= Self.mostKept)
        flushed = connections
    }

    /// Everybody who only listens gets the shared buffer of a room. Senders, who are few, get theirs composed: the
    /// answers to their own lines and the lines of others, in the order of ids.
    private func deliver(_ segment: MessageSegment) {
        var senders: [ConnectionHandler] = []
        for outcome in segment.outcomes {
            let origin = segment.origin(of: outcome)
            guard origin.loop == index, let connection = connections[origin.connection], !connection.isSender
            else { continue }
            connection.isSender = true
            senders.append(connection)
        }
        var composed: [Composing] = []
        for batch in segment.rooms {
            let room = rooms[batch.room.id]
            let lines = room == nil ? nil : RoomLines(batch)
            var listeningSenders: [ConnectionHandler] = []
            if let room, let lines { listeningSenders = hand(lines, to: room) }
            if !senders.isEmpty { composed.append(Composing(lines: lines, listeningSenders: listeningSenders)) }
        }
        guard !senders.isEmpty else { return }
        compose(segment, composed)
        for sender in senders {
            sender.isSender = false
            sender.finishComposing()
        }
    }

    /// What is composed of a room: its lines, and the senders of this segment who listen there.
    private struct Composing {
        let lines: RoomLines?
        let listeningSenders: [ConnectionHandler]
    }

    /// Hands the shared buffer to everybody but the senders of this segment.
    /// - Returns: Those senders who hear of this room as well.
    private func hand(_ lines: RoomLines, to room: Room) -> [ConnectionHandler] {
        var senders: [ConnectionHandler] = []
        for joiner in room.joiners { joiner.keep(lines) }
        // A copy: a listener that reads too slowly is taken off the list while it is gone through.
        let listeners = room.listeners
        let lastID = lines.batch.lastID
        for listener in listeners {
            if !listener.connection.isSender {
                listener.connection.hear(lines, after: listener.liveAfter)
            } else if listener.liveAfter < lastID {
                senders.append(listener.connection)
            }
        }
        return senders
    }

    private func compose(_ segment: MessageSegment, _ composing: [Composing]) {
        for outcome in segment.outcomes {
            let origin = segment.origin(of: outcome)
            let own = origin.loop == index ? connections[origin.connection] : nil
            switch outcome {
            case .stored(let room, let message):
                own?.composeOK(segment.rooms[room].messages[message])
                guard let lines = composing[room].lines else { break }
                for listener in composing[room].listeningSenders where listener !== own {
                    listener.composeEvent(lines, message)
                }
            case .repeated(let message): own?.composeOK(message)
            case .refused(let draft, let refusal): own?.composeFailure(draft, refusal)
            }
        }
    }

    private func deliver(_ change: ChangeDelivery) {
        if let event = change.event {
            let lines = EventLines(event, time: change.time)
            for connection in audience(change.audience) where connection.id != change.origin?.connection {
                connection.hear(lines.bytes(tags: connection.wantsTags))
            }
        }
        for effect in change.effects { apply(effect, origin: change.origin) }
    }

    /// Each connection once.
    private func audience(_ audience: ChangeDelivery.Audience) -> [ConnectionHandler] {
        var found: [ConnectionHandler] = []
        var seen = Set<UInt64>()
        if let room = audience.listeners.flatMap({ rooms[$0] }) {
            found = room.listeners.map(\.connection) + room.joiners.filter { !$0.isListening(in: room.reference.id) }
            if let person = audience.except { found.removeAll { $0.state.identity?.account == person } }
            if audience.people.isEmpty { return found }
            seen = Set(found.map(\.id))
        }
        for person in audience.people {
            for connection in people[person] ?? [] where seen.insert(connection.id).inserted {
                found.append(connection)
            }
        }
        return found
    }

    private func apply(_ effect: ChangeDelivery.Effect, origin: Origin?) {
        switch effect {
        case .stopListening(let room, let account):
            for connection in people[account] ?? [] { connection.lost(room) }
        case .rename(let reference):
            rooms[reference.id]?.reference = reference
            for connection in connections.values { connection.renamed(reference) }
        case .close(let room):
            for connection in connections.values { connection.lost(room) }
        case .end(let account, let words):
            for connection in people[account] ?? [] where connection.id != origin?.connection {
                connection.end(words)
            }
        case .endFamily(let account, let family, let words):
            for connection in people[account] ?? []
            where connection.family == family && connection.id != origin?.connection {
                connection.end(words)
            }
        }
    }
}
