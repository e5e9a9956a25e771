import Commands
import NIOCore
import Persistence
import Synchronization

/// Who listens where, over all event loops, and the way from a commit to their sockets.
final class Hub: Sendable {
    /// One event loop and what belongs to it.
    struct Seat: Sendable {
        let loop: any EventLoop
        let hub: NIOLoopBound<LoopHub>
        let inbox: Inbox
    }

    let seats: [Seat]
    private let inboxes: Inboxes
    private let inboxOfEachSeat: [Inbox]
    let presence = PresenceTable()
    let population: Population
    /// Set once, before there are connections, where several daemons share a database.
    private let shared = Mutex<(any SharedListening)?>(nil)
    private let serverName: String
    private let clock: any WallClock

    /// Must not be called on an event loop of the group: it waits for each of them once.
    init(
        loops: some Sequence<any EventLoop>, serverName: String, clock: any WallClock, population: Population
    ) async throws {
        var seats: [Seat] = []
        let loops = Array(loops)
        inboxes = Inboxes(loops: loops.count)
        for (index, loop) in loops.enumerated() {
            let inbox = Inbox(loop: index, of: inboxes)
            let bound = try await loop.submit {
                NIOLoopBound(LoopHub(index: index, loop: loop, inbox: inbox), eventLoop: loop)
            }.get()
            seats.append(Seat(loop: loop, hub: bound, inbox: inbox))
        }
        self.seats = seats
        inboxOfEachSeat = seats.map(\.inbox)
        self.serverName = serverName
        self.clock = clock
        self.population = population
    }

    /// Takes a commit to the loops: at most one hop a loop, whatever is in it.
    ///
    /// Called by the store's writer, in commit order; each loop keeps that order. A loop looks into its inbox before
    /// it reads a line as well: whoever has seen an OK finds its event before the answer to anything asked later, on
    /// any connection of this daemon.
    func deliver(_ batch: CommittedBatch) {
        let delivery = Delivery(batch, serverName: serverName, now: clock.now())
        guard !delivery.segments.isEmpty else { return }
        for index in inboxes.add(delivery, inboxOfEachSeat) {
            let hub = seats[index].hub
            seats[index].loop.execute { hub.value.deliverInbox() }
        }
    }

    /// From here on JOIN and LEAVE are told by what all daemons know.
    func share(_ listening: any SharedListening) { shared.withLock { $0 = listening } }

    /// Whether the store keeps who listens; then it is also what keeps when somebody was last seen.
    var isShared: Bool { shared.withLock { $0 != nil } }

    /// A connection listens now; tells the room if it is the person's first.
    func startedListening(_ account: AccountReference, in room: RoomReference, origin: Origin, announced: Bool) {
        let shared = shared.withLock { $0 }
        presence.add(account.id, in: room.id) {
            if let shared { return shared.began(account, in: room, announced: announced) }
            guard announced else { return }
            deliver(.listens(room, account), origin: origin)
        }
    }

    /// A connection listens no more.
    /// - Returns: Whether none of the person's does.
    func stoppedListening(
        _ account: AccountReference, in room: RoomReference, reason: String?, origin: Origin?, announced: Bool
    ) -> Bool {
        let shared = shared.withLock { $0 }
        var wasLast = false
        presence.remove(account.id, from: room.id) {
            wasLast = true
            if let shared { return shared.ended(account, in: room, reason: reason, announced: announced) }
            guard announced else { return }
            deliver(.left(room, account, reason: reason), origin: origin)
        }
        return wasLast
    }

    /// Who listens on a daemon that is alone is in no store.
    private func deliver(_ change: Change, origin: Origin?) {
        deliver(CommittedBatch(items: [.change(change, origin: origin)]))
    }
}
