import Commands
import NIOCore
import Persistence

/// Events of one room on their way to everybody who listens there: two thousand who join one room, or leave it
/// together, are two thousand events for each of them. Joined they cost a listener one write, apart each a TLS record.
///
/// They are numbered in the order in which they came, so that nobody hears one from before the own listening.
struct GatheredEvents {
    private struct Entry {
        let lines: EventLines
        let except: AccountID?
        let origin: UInt64?

        func isFor(_ connection: ConnectionHandler, of account: AccountID?) -> Bool {
            connection.id != origin && (except == nil || account != except)
        }
    }

    /// The lines of all entries, and where each of them begins.
    private struct Joined {
        var bytes = ByteBuffer()
        var starts: [Int] = []

        func suffix(from index: Int) -> ByteBuffer {
            guard index > 0 else { return bytes }
            return bytes.getSlice(at: starts[index], length: bytes.writerIndex - starts[index]) ?? ByteBuffer()
        }
    }

    /// Bytes with which they are handed out, whatever follows.
    static let most = 65_536
    /// A line of these is hardly longer than this; only a bound for `most` rests on it.
    private static let bytesALine = 128

    /// The number of the first that is here.
    private var first = 0
    private var entries: [Entry] = []
    private var accounts: Set<AccountID> = []
    private var connections: Set<UInt64> = []
    private var plain: Joined?
    private var tagged: Joined?
    /// Whether there are some here that may wait.
    private(set) var holdsPresence = false

    var isEmpty: Bool { entries.isEmpty }
    var isFull: Bool { entries.count * Self.bytesALine >= Self.most }
    /// The number of the next that comes.
    var next: Int { first + entries.count }

    /// - Parameter change: One that is for listeners alone.
    mutating func add(_ change: ChangeDelivery) {
        guard let event = change.event else { return }
        let origin = change.origin?.connection
        entries.append(
            Entry(lines: EventLines(event, time: change.time), except: change.audience.except, origin: origin))
        if let account = change.audience.except { accounts.insert(account) }
        if let origin { connections.insert(origin) }
        if change.mayWait { holdsPresence = true }
        (plain, tagged) = (nil, nil)
    }

    /// All that is here; what comes later is numbered on.
    mutating func takeAll() -> GatheredEvents {
        let all = self
        self = GatheredEvents()
        first = all.next
        return all
    }

    /// What a connection hears of them, from this number on: the same bytes for all but the few who are left out of some.
    mutating func bytes(for connection: ConnectionHandler, from number: Int) -> ByteBuffer {
        let index = max(number - first, 0)
        guard index < entries.count else { return ByteBuffer() }
        let (account, tags) = (connection.state.identity?.account, connection.wantsTags)
        let isLeftOut = connections.contains(connection.id) || account.map(accounts.contains) ?? false
        if isLeftOut { return joined(entries[index...].filter { $0.isFor(connection, of: account) }, tags: tags).bytes }
        if entries.count == 1 { return entries[0].lines.bytes(tags: tags) }
        if let made = tags ? tagged : plain { return made.suffix(from: index) }
        let made = joined(entries, tags: tags)
        if tags { tagged = made } else { plain = made }
        return made.suffix(from: index)
    }

    private func joined(_ entries: [Entry], tags: Bool) -> Joined {
        var made = Joined()
        for entry in entries {
            var line = entry.lines.bytes(tags: tags)
            made.starts.append(made.bytes.writerIndex)
            made.bytes.writeBuffer(&line)
        }
        return made
    }
}

extension ChangeDelivery {
    /// An event for those who listen in a room, and nothing else.
    var isForListenersAlone: Bool {
        event != nil && audience.listeners != nil && audience.people.isEmpty && effects.isEmpty
    }
}
