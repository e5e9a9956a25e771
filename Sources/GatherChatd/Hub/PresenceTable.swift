import Commands
import Persistence
import Synchronization

/// How many connections of each person listen in each room, over all event loops of this daemon.
final class PresenceTable: Presence {
    private let counts = Mutex<[RoomID: [AccountID: Int]]>([:])

    /// Counts one more listening connection.
    /// - Parameter told: Called while nobody else can change the count, if this is the person's first, so that JOIN
    ///   and LEAVE reach the loops in the order in which the counts changed.
    func add(_ account: AccountID, in room: RoomID, first told: () -> Void) {
        counts.withLock { counts in
            let count = counts[room, default: [:]][account, default: 0] + 1
            counts[room, default: [:]][account] = count
            if count == 1 { told() }
        }
    }

    /// Counts one fewer.
    /// - Parameter told: Called, if that was the person's last, while nobody else can change the count.
    func remove(_ account: AccountID, from room: RoomID, last told: () -> Void) {
        counts.withLock { counts in
            guard let count = counts[room]?[account] else { return }
            counts[room]?[account] = count > 1 ? count - 1 : nil
            if counts[room]?.isEmpty ?? false { counts[room] = nil }
            if count == 1 { told() }
        }
    }

    /// Those of this daemon, and those that a database shared with others knows of.
    func online(in room: RoomID, _ transaction: ReadTransaction) throws -> Set<AccountID> {
        let here = counts.withLock { $0[room].map { Set($0.keys) } ?? [] }
        return here.union(try transaction.sharedListeners(in: room))
    }
}
