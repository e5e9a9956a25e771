/// A run of 1,024 ids of a room. The table `spoke` says in which of them an account has said something: a row for many
/// messages, where an index by author would be an entry for each, on a page of its own for each author.
enum MessageBlock {
    private static let size: Int64 = 1_024

    static func containing(_ id: Int64) -> Int64 { id / size }

    /// The last id in front of a block.
    static func start(of block: Int64) -> Int64 { block &* size &- 1 }

    /// The last id of a block.
    static func end(of block: Int64) -> Int64 { block &* size &+ (size &- 1) }
}

/// The accounts that are known to have a row of `spoke` for the newest block of a room.
struct BlockSpeakers {
    private var block: Int64 = -1
    private var accounts: Set<Int64> = []

    func contains(_ account: Int64, in block: Int64) -> Bool { block == self.block && accounts.contains(account) }

    /// Forgets those of older blocks, in which nobody speaks any more.
    mutating func insert(_ account: Int64, in block: Int64) {
        guard block >= self.block else { return }
        if block > self.block {
            self.block = block
            accounts.removeAll(keepingCapacity: true)
        }
        accounts.insert(account)
    }
}
