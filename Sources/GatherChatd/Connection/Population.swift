import Commands
import Persistence
import Synchronization

/// How many connections there are in all, from each address, and of each person, over all event loops.
final class Population: Sendable {
    private struct Counts {
        var all = 0
        var byAddress: [AddressKey: Int] = [:]
        var byPerson: [AccountID: Int] = [:]
    }

    private let counts = Mutex(Counts())
    private let limits: Limits

    init(_ limits: Limits) { self.limits = limits }

    /// A connection was accepted. Every call is followed by one of `closed`.
    /// - Returns: Why it may not stay, in words for its ERROR line.
    func opened(from address: AddressKey) -> String? {
        counts.withLock { counts in
            counts.all += 1
            if address.network != nil { counts.byAddress[address, default: 0] += 1 }
            if counts.all > limits.connections { return "The server has as many connections as it takes." }
            if counts.byAddress[address, default: 0] > limits.connectionsPerAddress {
                return "Your address has as many connections as it may."
            }
            return nil
        }
    }

    /// So many of those who find no room are told so at a time; the descriptors for them are set aside.
    static let mostTold = 16

    /// Whether there is room for one more, be it only to be told that it may not stay. Whoever comes beyond that is closed
    /// without a word: else a crowd at the door takes the descriptors that store, mail and pictures need.
    var canTell: Bool { counts.withLock { $0.all < limits.connections + Self.mostTold } }

    func closed(from address: AddressKey) {
        counts.withLock { counts in
            counts.all -= 1
            guard address.network != nil else { return }
            let left = counts.byAddress[address, default: 1] - 1
            counts.byAddress[address] = left > 0 ? left : nil
        }
    }

    /// Counts a log-in if the person may have one more connection. Every `true` is followed by one `loggedOut`.
    func logIn(_ account: AccountID) -> Bool {
        counts.withLock { counts in
            let count = counts.byPerson[account, default: 0]
            guard count < limits.connectionsPerPerson else { return false }
            counts.byPerson[account] = count + 1
            return true
        }
    }

    func loggedOut(_ account: AccountID) {
        counts.withLock { counts in
            let left = counts.byPerson[account, default: 1] - 1
            counts.byPerson[account] = left > 0 ? left : nil
        }
    }

    /// Open connections.
    var connections: Int { counts.withLock { $0.all } }
}
