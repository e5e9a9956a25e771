import NIOCore
import Synchronization

/// The connections of the web door of which no whole request is here: whoever has been so for the longest gives way to
/// who comes after, so that those who only occupy it keep nobody out.
final class WaitingRoom: Sendable {
    private struct State {
        var next: UInt64 = 0
        var oldest: UInt64 = 0
        var waiting: [UInt64: any Channel] = [:]

        /// O(1) amortised: tickets are gone through once.
        mutating func takeOldest() -> (any Channel)? {
            while oldest < next {
                defer { oldest += 1 }
                if let channel = waiting.removeValue(forKey: oldest) { return channel }
            }
            return nil
        }
    }

    private let state = Mutex(State())
    private let most: Int

    /// - Parameter most: Connections that may wait.
    init(most: Int) { self.most = most }

    /// - Returns: A ticket, to be given back with `leave`.
    func enter(_ channel: any Channel) -> UInt64 {
        let (ticket, evicted) = state.withLock { state in
            let ticket = state.next
            state.next += 1
            state.waiting[ticket] = channel
            return (ticket, state.waiting.count > most ? state.takeOldest() : nil)
        }
        evicted?.close(mode: .all, promise: nil)
        return ticket
    }

    func leave(_ ticket: UInt64) { state.withLock { $0.waiting[ticket] = nil } }
}
