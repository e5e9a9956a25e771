import LineProtocol
import NIOCore
import Persistence

/// What one event loop has counted since the start. Belongs to the loop: counting costs no lock.
struct LoopCounts: Sendable {
    /// Messages handed to a listener, once for each.
    var deliveries = 0
    var slowReadersClosed = 0
    var failures: [FailCode: Int] = [:]
}

/// What one event loop has right now.
struct LoopCensus: Sendable {
    var counts = LoopCounts()
    /// Connections that are logged in.
    var sessions = 0
    var rooms = Set<RoomID>()
    /// Bytes of lines that wait for their readers.
    var unsentBytes = 0

    static func + (left: LoopCensus, right: LoopCensus) -> LoopCensus {
        var sum = left
        sum.counts.deliveries += right.counts.deliveries
        sum.counts.slowReadersClosed += right.counts.slowReadersClosed
        sum.counts.failures.merge(right.counts.failures, uniquingKeysWith: +)
        sum.sessions += right.sessions
        sum.rooms.formUnion(right.rooms)
        sum.unsentBytes += right.unsentBytes
        return sum
    }
}

extension LoopHub {
    /// O(connections of this loop).
    var census: LoopCensus {
        LoopCensus(
            counts: counts, sessions: sessions, rooms: roomsListenedTo,
            unsentBytes: connections.values.reduce(0) { $0 + $1.queue.eventBytes + $1.queue.answerBytes })
    }
}

extension Hub {
    /// Asks each loop; waits for its turn there.
    func census() async throws -> LoopCensus {
        var sum = LoopCensus()
        for seat in seats {
            let hub = seat.hub
            sum = sum + (try await seat.loop.submit { hub.value.census }.get())
        }
        return sum
    }
}
