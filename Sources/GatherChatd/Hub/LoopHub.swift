import Commands
import NIOCore
import Persistence

/// The part of the hub that belongs to one event loop: its connections, by room and by person.
///
/// Not thread safe: everything here is called on the loop.
final class LoopHub {
    let index: Int
    let loop: any EventLoop
    private(set) var connections: [UInt64: ConnectionHandler] = [:]
    private var people: [AccountID: [ConnectionHandler]] = [:]
    private var rooms: [RoomID: Room] = [:]
    /// Connections with a time limit.
    private(set) var timed: [ConnectionHandler] = []
    /// Written to in this turn, and not flushed yet.
    private var unflushed: [ConnectionHandler] = []
    /// The memory of those flushed last, for the next turn.
    private var flushed: [ConnectionHandler] = []

    /// Rooms for whose listeners something was gathered of this inbox.
    private var touched: [Room] = []
    /// Of these the one whose events may not wait: they go before anything else does.
    private var urgent: Room?
    /// Rooms with events that wait for company, until the timer.
    private var waiting: [Room] = []
    private var timer: Scheduled<Void>?
    /// Rooms in which presence events were handed out, not flushed yet.
    private var told: [Room] = []

    /// Sessions that were ended, for log-ins under way.
    private(set) var endings = RecentEndings()

    /// What this loop has done since the start.
    var counts = LoopCounts()

    private let inbox: Inbox

    /// Places for connections to be flushed that are kept from turn to turn.
    private static let mostKept = 4_096

    /// From so many listeners on this loop on, who comes and goes may be told a little later, and together.
    static let manyListeners = 64
    /// Shorter than anybody notices.
    static let longestWait = TimeAmount.milliseconds(10)

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
        self.room(room).addJoiner(connection)
    }

    func removeJoiner(_ connection: ConnectionHandler, from room: RoomID) {
        guard let known = rooms[room] else { return }
        known.removeJoiner(connection)
        if known.isUnused { rooms[room] = nil }
    }

    /// Listens from the message after this one on.
    /// - Returns: Its place, by which it is found again.
    func addListener(_ connection: ConnectionHandler, to room: RoomReference, liveAfter: Int64) -> Int {
        self.room(room).add(connection, liveAfter: liveAfter)
    }

    func removeListener(_ connection: ConnectionHandler, from room: RoomID, at place: Int) {
        guard let known = rooms[room] else { return }
        known.remove(connection, at: place)
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

    // MARK: Time limits

    /// Looks at this connection once a second, for as long as it has a time limit.
    func time(_ connection: ConnectionHandler) { timed.append(connection) }

    /// Ends what took too long. Costs nothing for connections without a time limit.
    func lookAtTimes(now: NIODeadline) {
        // Whoever gets a limit meanwhile is looked at the next time.
        let connections = timed
        timed = []
        for connection in connections {
            connection.tick(now: now)
            connection.isTimed = connection.hasTimeLimit
            if connection.isTimed { timed.append(connection) }
        }
    }

    // MARK: Delivering

    /// Hands all commits that have come to this loop's connections, and flushes each of them once.
    func deliverInbox() {
        let deliveries = inbox.takeAll()
        for delivery in deliveries {
            let isAll = deliveries.count == 1 && delivery.segments.count == 1
            for segment in delivery.segments {
                switch segment {
                case .messages(let messages):
                    handOutUrgent()
                    for batch in messages.rooms { handOut(batch.room.id) }
                    deliver(messages, isAll: isAll)
                case .change(let change): take(change)
                }
            }
        }
        handOutUrgent()
        settle()
        flush()
        noteTold()
    }

    /// Before a line of this connection is read: whoever has seen an OK finds its event before what is answered now.
    func catchUp(_ connection: ConnectionHandler) {
        deliverInbox()
        tellWaiting(connection)
    }

    /// Tells one connection what has been gathered, which the others get later.
    func tellWaiting(_ connection: ConnectionHandler) {
        for room in waiting where !room.gathered.isEmpty { room.tell(connection) }
        for room in touched where !room.gathered.isEmpty { room.tell(connection) }
    }

    private func take(_ change: ChangeDelivery) {
        guard change.isForListenersAlone, let room = change.audience.listeners.flatMap({ rooms[$0] }) else {
            handOutUrgent()
            handOutBefore(change)
            return deliver(change)
        }
        if urgent !== room { handOutUrgent() }
        if room.gathered.isFull { handOut(room) }
        room.gathered.add(change)
        if !change.mayWait { urgent = room }
        if touched.last !== room { touched.append(room) }
    }

    // MARK: Gathered events

    /// A room keeps its order: what was gathered there comes before anything else that concerns it.
    private func handOutBefore(_ change: ChangeDelivery) {
        if let room = change.audience.listeners { handOut(room) }
        for effect in change.effects {
            switch effect {
            case .stopListening(let room, _), .close(let room): handOut(room)
            case .rename(let reference): handOut(reference.id)
            // A connection is told what waits before it ends.
            case .end, .endFamily, .endAll: break
            }
        }
    }

    private func handOutUrgent() {
        guard let room = urgent else { return }
        urgent = nil
        handOut(room)
    }

    private func handOut(_ room: RoomID) {
        guard !(touched.isEmpty && waiting.isEmpty), let known = rooms[room] else { return }
        handOut(known)
    }

    private func handOut(_ room: Room) {
        guard !room.gathered.isEmpty else { return }
        var gathered = room.gathered.takeAll()
        // Copies: a listener that reads too slowly is taken off the list while it is gone through.
        let (listeners, joiners) = (room.listeners, room.joiners)
        for listener in listeners {
            listener.connection.hear(gathered.bytes(for: listener.connection, from: listener.hears))
        }
        for joiner in joiners where !joiner.connection.isListening(in: room.reference.id) {
            joiner.connection.hear(gathered.bytes(for: joiner.connection, from: joiner.hears))
        }
        if gathered.holdsPresence { told.append(room) }
    }

    /// Hands out what was gathered of an inbox, but for what may wait.
    private func settle() {
        guard !touched.isEmpty else { return }
        let (rooms, now) = (touched, loop.now)
        touched = []
        for room in rooms where !room.gathered.isEmpty {
            if room.mayWait(now: now) { wait(room, now: now) } else { handOut(room) }
        }
    }

    /// One timer for all rooms, never further away than the longest wait: it hands out whatever waits then.
    private func wait(_ room: Room, now: NIODeadline) {
        if !room.isWaiting {
            room.isWaiting = true
            waiting.append(room)
        }
        guard timer == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        timer = loop.scheduleTask(deadline: (room.toldAt ?? now) + Self.longestWait) { bound.value.endWaiting() }
    }

    private func endWaiting() {
        timer = nil
        let rooms = waiting
        waiting = []
        for room in rooms {
            room.isWaiting = false
            handOut(room)
        }
        flush()
        noteTold()
    }

    /// From when all of it was written: else a loop that needs the whole wait for writing would never gather any.
    private func noteTold() {
        guard !told.isEmpty else { return }
        let now = loop.now
        for room in told { room.toldAt = now }
        told = []
    }

    // MARK: Writing

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
    private func deliver(_ segment: MessageSegment, isAll: Bool) {
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
            if let room, let lines { listeningSenders = hand(lines, to: room, isAll: isAll) }
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
    private func hand(_ lines: RoomLines, to room: Room, isAll: Bool) -> [ConnectionHandler] {
        var senders: [ConnectionHandler] = []
        for joiner in room.joiners { joiner.connection.keep(lines) }
        // A copy: a listener that reads too slowly is taken off the list while it is gone through.
        let listeners = room.listeners
        let lastID = lines.batch.lastID
        for listener in listeners {
            if !listener.connection.isSender {
                listener.connection.hear(lines, after: listener.liveAfter, isAll: isAll)
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
            let joiners = room.joiners.lazy.map(\.connection).filter { !$0.isListening(in: room.reference.id) }
            found = room.listeners.map(\.connection) + joiners
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
            endings.add(account, family: nil, origin: origin?.connection)
            for connection in people[account] ?? [] where connection.id != origin?.connection {
                connection.end(words)
            }
        case .endAll(let words):
            endings.addAll()
            for connection in connections.values where connection.state.identity != nil { connection.end(words) }
        case .endFamily(let account, let family, let words):
            endings.add(account, family: family, origin: origin?.connection)
            for connection in people[account] ?? []
            where connection.family == family && connection.id != origin?.connection {
                connection.end(words)
            }
        }
    }
}
