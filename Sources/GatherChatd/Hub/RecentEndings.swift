import Persistence

/// Which sessions were ended lately: for log-ins that were being answered meanwhile.
///
/// A log-in is read from the store at one moment, and becomes a session of this loop a little later. What ended the
/// person's sessions in between (a new password, a revoked token, the account's deletion) finds no session to end, so
/// the log-in looks back for it.
struct RecentEndings {
    private struct Ending {
        let account: AccountID
        /// `nil` is every session of the person.
        let family: Int64?
        /// The connection that asked for it, whose own log-in it may be.
        let origin: UInt64?
    }

    /// Endings remembered. A log-in that takes longer than so many is not believed.
    static let capacity = 256

    private var endings: [Ending] = []
    /// Those before them, forgotten.
    private var forgotten = 0

    /// All since the start.
    var count: Int { forgotten &+ endings.count }

    mutating func add(_ account: AccountID, family: Int64?, origin: UInt64?) {
        endings.append(Ending(account: account, family: family, origin: origin))
        if endings.count > Self.capacity {
            endings.removeFirst()
            forgotten &+= 1
        }
    }

    /// Everybody's sessions ended.
    mutating func addAll() {
        forgotten = count &+ 1
        endings = []
    }

    /// Whether a session may have been ended after the first `seen` endings, before it was here. O(endings since).
    func mayHaveEnded(_ account: AccountID, family: Int64?, connection: UInt64, since seen: Int) -> Bool {
        guard seen >= forgotten else { return true }
        return endings.dropFirst(seen &- forgotten).contains { ending in
            ending.account == account && ending.origin != connection
                && (ending.family == nil || ending.family == family)
        }
    }
}
