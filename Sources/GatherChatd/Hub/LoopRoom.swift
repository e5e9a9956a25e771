import NIOCore
import Persistence

extension LoopHub {
    /// A connection that listens in a room.
    struct Listener {
        let connection: ConnectionHandler
        /// Messages up to this id are in the replay that the connection already has.
        let liveAfter: Int64
        /// The number of the first gathered event that is for it.
        var hears: Int
    }

    /// A connection that reads a replay: it hears events, behind its answer.
    struct Joiner {
        let connection: ConnectionHandler
        var hears: Int
    }

    /// A room as far as this loop's connections are concerned.
    final class Room {
        var reference: RoomReference
        private(set) var listeners = ContiguousArray<Listener>()
        /// Connections that read the last page of a replay: what is stored meanwhile is kept for them.
        private(set) var joiners: [Joiner] = []
        /// Events that nobody has heard but those who were told alone.
        var gathered = GatheredEvents()
        /// When presence events were handed out last.
        var toldAt: NIODeadline?
        /// The loop's timer will look here.
        var isWaiting = false

        init(_ reference: RoomReference) { self.reference = reference }

        var isUnused: Bool { listeners.isEmpty && joiners.isEmpty }

        /// Where writing each event apart would cost more than anybody gains by a few milliseconds.
        func mayWait(now: NIODeadline) -> Bool {
            guard listeners.count >= LoopHub.manyListeners, let toldAt else { return false }
            return now < toldAt + LoopHub.longestWait
        }

        func add(_ connection: ConnectionHandler, liveAfter: Int64) -> Int {
            // Whoever was told of an event while it replayed the room, or would have been, hears it as before.
            let hears = joiners.first { $0.connection === connection }?.hears ?? gathered.next
            listeners.append(Listener(connection: connection, liveAfter: liveAfter, hears: hears))
            return listeners.count - 1
        }

        /// O(1): the last listener takes the place, and is told so.
        func remove(_ connection: ConnectionHandler, at place: Int) {
            guard place < listeners.count, listeners[place].connection === connection else { return }
            listeners.swapAt(place, listeners.count - 1)
            listeners.removeLast()
            if place < listeners.count { listeners[place].connection.moved(in: reference.id, to: place) }
        }

        func addJoiner(_ connection: ConnectionHandler) {
            guard !joiners.contains(where: { $0.connection === connection }) else { return }
            joiners.append(Joiner(connection: connection, hears: gathered.next))
        }

        func removeJoiner(_ connection: ConnectionHandler) {
            joiners.removeAll { $0.connection === connection }
        }

        /// Tells one connection alone what has been gathered.
        func tell(_ connection: ConnectionHandler) {
            let hears: Int
            if let place = connection.listening[reference.id]?.place {
                hears = listeners[place].hears
                listeners[place].hears = gathered.next
            } else if let index = joiners.firstIndex(where: { $0.connection === connection }) {
                hears = joiners[index].hears
                joiners[index].hears = gathered.next
            } else {
                return
            }
            connection.hear(gathered.bytes(for: connection, from: hears))
        }
    }
}
