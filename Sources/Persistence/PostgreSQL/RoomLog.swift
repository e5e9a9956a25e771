import Synchronization

/// How far this daemon has told its connections what is in the log of each room, and the one door through which
/// everything goes to them, in the order in which it was committed.
///
/// A room's log is its messages and the changes between them. What this daemon stores is told from memory; what others
/// store is read. Both ways meet here: whoever comes second with something brings nothing new.
///
/// A room is *followed* while somebody here listens in it; only then are its messages told. Changes are told always, as
/// they concern people who do not listen as well. While this daemon's own messages are on their way to the disk the room
/// is *held*: what lies behind them, though read already, waits until they are told.
final class RoomLog: Sendable {
    fileprivate struct Room {
        /// At this point of the log: a message said before a RENAME is told under the old name.
        var name: String
        /// How many follow it here.
        var followers: Int
        /// The newest message told.
        var told: Int64
        /// The newest change told.
        var change: Int64 = 0
        /// Read, and waiting for its turn.
        var changes: [(id: Int64, after: Int64, item: BatchItem)] = []
        var messages: [RoomLogReading.MessageRow] = []
    }

    fileprivate struct State {
        var rooms: [Int64: Room] = [:]
        /// First ids of own messages that are being committed, by room.
        var holds: [Int64: Int64] = [:]
        /// Changes of transactions that had ended before this one were all read.
        var position: Int64
        /// Changes read since, told or waiting: their transactions.
        var seen: [Int64: Int64] = [:]
        /// Changes that somebody waits for.
        var awaited: [Int64: @Sendable () -> Void] = [:]
        var items: [BatchItem] = []
        /// Who is named where the author's account is gone by now.
        let formerAuthor: String
        /// Changes told that somebody waited for.
        var arrived: [@Sendable () -> Void] = []
    }

    private let state: Mutex<State>
    private let node: Int64
    private let tell: @Sendable (CommittedBatch) -> Void

    /// - Parameters:
    ///   - node: This daemon, for as long as it runs.
    ///   - first: What was there before it began.
    ///   - formerAuthor: The source of a message whose author's account is gone by the time that it is read.
    ///   - tell: Called in commit order, never twice at once; must not call back.
    init(node: Int64, first: RoomLogReading, formerAuthor: String, tell: @escaping @Sendable (CommittedBatch) -> Void) {
        var state = State(position: first.oldestRunning, formerAuthor: formerAuthor)
        for change in first.changes where change.transaction >= first.oldestRunning {
            state.seen[change.id] = change.transaction
        }
        self.state = Mutex(state)
        self.node = node
        self.tell = tell
    }

    // MARK: Following

    /// - Parameter newest: The room's newest message as the follower knows it; what comes after will be told.
    func follow(_ room: RoomReference, after newest: Int64) {
        state.withLock { state in
            state.rooms[room.id.rawValue, default: Room(name: room.name, followers: 0, told: newest)].followers += 1
        }
    }

    func unfollow(_ room: RoomID) {
        state.withLock { state in
            guard var known = state.rooms[room.rawValue] else { return }
            known.followers -= 1
            guard known.followers <= 0 else {
                state.rooms[room.rawValue] = known
                return
            }
            // What waits concerns people who do not listen as well.
            state.rooms[room.rawValue] = nil
            for change in known.changes { state.take(change.id, change.item) }
            finish(&state)
        }
    }

    /// From where on to read.
    /// - Parameter rooms: The rooms whose messages to read, where they are followed; `nil` is all.
    func position(of rooms: Set<Int64>?) -> RoomLogReading.Position {
        state.withLock { state in
            let followed =
                if let rooms {
                    rooms.compactMap { room in state.rooms[room].map { (room: room, after: $0.told) } }
                } else {
                    state.rooms.map { (room: $0.key, after: $0.value.told) }
                }
            return RoomLogReading.Position(transaction: state.position, rooms: followed)
        }
    }

    /// Whether the room's log holds more than was told, given its newest message and change.
    func isBehind(room: Int64, newest: Int64, change: Int64) -> Bool {
        state.withLock { state in
            guard let known = state.rooms[room] else { return false }
            return known.told < newest || known.change < change
        }
    }

    // MARK: What was read

    /// Tells what is new in a reading.
    /// - Returns: Rooms in which a change waits for messages that this reading did not hold.
    @discardableResult
    func take(_ reading: RoomLogReading) -> Set<Int64> {
        state.withLock { state in
            var waiting = Set<Int64>()
            var moved = Set<Int64>()
            for message in reading.messages where state.keep(message) { moved.insert(message.room) }
            let new = reading.changes.filter { $0.transaction >= state.position && state.seen[$0.id] == nil }
            var alone: [Int64: BatchItem] = [:]
            for row in new {
                state.seen[row.id] = row.transaction
                guard let change = StoredChange.change(from: row.payload) else { continue }
                let item = BatchItem.change(change, origin: row.node == node ? row.origin : nil)
                if state.rooms[row.room] == nil {
                    alone[row.id] = item
                } else {
                    state.rooms[row.room]?.changes.append((row.id, row.after, item))
                    waiting.insert(row.room)
                }
            }
            // By id over all rooms: so an account's RESIGN comes before the end of its connections.
            for row in new {
                if let item = alone[row.id] { state.take(row.id, item) } else { state.drain(row.room, through: row.id) }
            }
            for room in moved.union(waiting) { state.drain(room) }
            if reading.oldestRunning > state.position {
                state.position = reading.oldestRunning
                state.seen = state.seen.filter { $0.value >= reading.oldestRunning }
            }
            finish(&state)
            return waiting.filter { room in
                state.holds[room] == nil && state.rooms[room].map { !$0.changes.isEmpty } ?? false
            }
        }
    }

    /// Changes were forgotten before this daemon could read them.
    func missed() {
        state.withLock { state in
            state.items.append(.change(.changesMissed, origin: nil))
            finish(&state)
        }
    }

    /// A reading was taken that held all changes of these rooms.
    func caughtUp(_ rooms: [(room: Int64, change: Int64)]) {
        state.withLock { state in
            for (room, change) in rooms {
                let known = state.rooms[room]?.change ?? 0
                state.rooms[room]?.change = max(change, known)
            }
        }
    }

    /// Calls once the changes that were read are told; at once if they are.
    func whenTold(_ changes: [(room: Int64, id: Int64)], _ call: @escaping @Sendable () -> Void) {
        let isTold = state.withLock { state in
            let open = changes.filter { change in
                state.rooms[change.room]?.changes.contains { $0.id == change.id } ?? false
            }
            let countdown = Countdown(open.count, call)
            for change in open { state.awaited[change.id] = countdown.down }
            return open.isEmpty
        }
        if isTold { call() }
    }

    // MARK: What this daemon stores

    /// Own messages, from this id of a room on, are on their way to the disk.
    func hold(_ rooms: [(room: Int64, first: Int64)]) {
        state.withLock { state in for (room, first) in rooms { state.holds[room] = first } }
    }

    /// A batch of own messages ended.
    /// - Parameters:
    ///   - items: Its outcomes in order.
    ///   - newest: The rooms' newest messages of it; those that were held are free again.
    func tell(_ items: [BatchItem], newest: [(room: Int64, id: Int64)], released: [Int64]) {
        state.withLock { state in
            state.items += items
            for (room, id) in newest {
                let known = state.rooms[room]?.told ?? 0
                state.rooms[room]?.told = max(id, known)
            }
            for room in released {
                state.holds[room] = nil
                state.drain(room)
            }
            finish(&state)
        }
    }

    private func finish(_ state: inout State) {
        let (items, arrived) = (state.items, state.arrived)
        state.items.removeAll()
        state.arrived.removeAll()
        if !items.isEmpty { tell(CommittedBatch(items: items)) }
        for call in arrived { call() }
    }
}

extension RoomLog.State {
    fileprivate mutating func take(_ change: Int64, _ item: BatchItem) {
        items.append(item)
        if let call = awaited.removeValue(forKey: change) { arrived.append(call) }
    }

    /// - Returns: Whether it is new, in a room that is followed.
    fileprivate mutating func keep(_ message: RoomLogReading.MessageRow) -> Bool {
        guard let room = rooms[message.room], message.id > room.messages.last?.id ?? room.told else { return false }
        rooms[message.room]?.messages.append(message)
        return true
    }

    private func item(_ message: RoomLogReading.MessageRow, in room: RoomLog.Room) -> BatchItem {
        .message(
            CommittedMessage(
                room: RoomReference(id: RoomID(rawValue: message.room), name: room.name), id: message.id,
                time: message.time, authorName: message.author ?? formerAuthor, text: message.text, label: nil,
                origin: .elsewhere, isRepeat: false))
    }

    /// Tells what waits in a room, as far as nothing before it is missing.
    /// - Parameter last: The change after which to stop.
    fileprivate mutating func drain(_ number: Int64, through last: Int64 = .max) {
        guard var room = rooms[number] else { return }
        let hold = holds[number] ?? .max
        var (change, message) = (0, 0)
        while room.change < last {
            if change < room.changes.count, room.changes[change].after <= room.told,
                room.changes[change].after < hold
            {
                take(room.changes[change].id, room.changes[change].item)
                if case .change(.renamed(_, let renamed, _, _), _) = room.changes[change].item {
                    room.name = renamed.name
                }
                room.change = max(room.change, room.changes[change].id)
                change += 1
            } else if message < room.messages.count, room.messages[message].id < hold {
                if room.messages[message].id > room.told {
                    items.append(item(room.messages[message], in: room))
                    room.told = room.messages[message].id
                }
                message += 1
            } else {
                break
            }
        }
        room.changes.removeFirst(change)
        room.messages.removeFirst(message)
        rooms[number] = room
    }
}

/// Calls when it was counted down to nothing.
private final class Countdown: Sendable {
    private let left: Atomic<Int>
    private let call: @Sendable () -> Void

    init(_ count: Int, _ call: @escaping @Sendable () -> Void) {
        left = Atomic(count)
        self.call = call
    }

    func down() {
        if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { call() }
    }
}

extension Origin {
    /// Not of this daemon: nobody is answered.
    static let elsewhere = Origin(connection: 0, loop: -1)
}
