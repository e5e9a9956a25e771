#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Decides whether the writer waits a moment for company after a commit.
///
/// A commit costs much the same whatever is in it. Where many people write here and there, each message finds the writer
/// idle and gets a commit of its own: thousands a second, most of the daemon's work. Then a pause gathers a few, and nobody
/// notices it. Where few write, and each waits for an answer before the next line, a pause would bring nobody and
/// only slow them down; so it takes many different senders, who came fast and nearly alone.
struct CommitPacing {
    /// How long the writer waits.
    static let pause = Duration.microseconds(300)
    /// Messages looked back at.
    static let memory = 16
    /// Of which so many have to be of different connections: fewer may all be waiting for their answers.
    static let fewestSenders = 8
    /// In no fewer commits than this.
    static let fewestCommits = 6
    /// Within this time: 1,000 messages a second.
    static let longest = Duration.milliseconds(16)
    /// With so many waiting already there is company enough.
    static let company = 3

    private struct Entry {
        let connection: UInt64
        let commit: UInt64
        let time: ContinuousClock.Instant
    }

    private var entries: [Entry] = []
    private var next = 0
    private var commits: UInt64 = 0

    init() { entries.reserveCapacity(Self.memory) }

    /// A batch was committed.
    /// - Parameters:
    ///   - begun: When its commit began.
    ///   - waiting: Operations that wait for the next one.
    /// - Returns: Whether to wait. O(1): at most `memory` squared comparisons.
    mutating func waits(
        after operations: [BatchQueue.Operation], begun: ContinuousClock.Instant, waiting: Int
    ) -> Bool {
        commits &+= 1
        for operation in operations.suffix(Self.memory) {
            guard case .message(let draft) = operation else {
                // Whoever waits for a command gets no company.
                entries.removeAll(keepingCapacity: true)
                next = 0
                continue
            }
            remember(Entry(connection: draft.origin.connection, commit: commits, time: begun))
        }
        guard waiting < Self.company, entries.count == Self.memory, let oldest = entries.min(by: { $0.time < $1.time })
        else { return false }
        return begun - oldest.time <= Self.longest && commits &- oldest.commit &+ 1 >= Self.fewestCommits
            && senders >= Self.fewestSenders
    }

    private mutating func remember(_ entry: Entry) {
        if entries.count < Self.memory {
            entries.append(entry)
        } else {
            entries[next] = entry
            next = (next + 1) % Self.memory
        }
    }

    private var senders: Int {
        entries.indices.count { index in
            !entries[..<index].contains { $0.connection == entries[index].connection }
        }
    }

    /// Waits on the calling thread, which has to be the writer's own.
    static func wait() {
        let nanoseconds = pause.components.attoseconds / 1_000_000_000
        var time = timespec(tv_sec: 0, tv_nsec: Int(nanoseconds))
        nanosleep(&time, nil)
    }
}
