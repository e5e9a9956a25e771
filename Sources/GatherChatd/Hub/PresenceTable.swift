import Commands
import Persistence
import Synchronization

/// How many connections of each person listen in each room, over all event loops of this daemon.
final class PresenceTable: Presence {
    private struct Key: Hashable {
        let room: RoomID
        let account: AccountID
    }

    private let counts = Mutex<[Key: Int]>([:])

    /// Counts one more listening connection.
    /// - Parameter told: Called while nobody else can change the count, if this is the person's first, so that JOIN
    ///   and LEAVE reach the loops in the order in which the counts changed.
    func add(_ account: AccountID, in room: RoomID, first told: () -> Void) {
        counts.withLock { counts in
            let count = counts[Key(room: room, account: account), default: 0] + 1
            counts[Key(room: room, account: account)] = count
            if count == 1 { told() }
        }
    }

    /// Counts one fewer.
    /// - Parameter told: Called, if that was the person's last, while nobody else can change the count.
    func remove(_ account: AccountID, from room: RoomID, last told: () -> Void) {
        counts.withLock { counts in
            let key = Key(room: room, account: account)
            guard let count = counts[key] else { return }
            counts[key] = count > 1 ? count - 1 : nil
            if count == 1 { told() }
        }
    }

    func isOnline(_ account: AccountID, in room: RoomID) -> Bool {
        counts.withLock { $0[Key(room: room, account: account)] != nil }
    }
}
