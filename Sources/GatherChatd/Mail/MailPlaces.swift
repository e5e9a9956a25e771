import Synchronization

/// The places for mails under way: each becomes free when its mail is done, whatever the others do.
final class MailPlaces: Sendable {
    private let free: Mutex<Int>
    private let freed: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(_ count: Int) {
        free = Mutex(count)
        (freed, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Waits until a place is free; for one who waits at a time.
    /// - Returns: How many are; 0 where the task was cancelled.
    func wait() async -> Int {
        var freed = freed.makeAsyncIterator()
        while !Task.isCancelled {
            let count = free.withLock { $0 }
            if count > 0 { return count }
            _ = await freed.next()
        }
        return 0
    }

    func take() { free.withLock { $0 -= 1 } }

    func giveBack() {
        free.withLock { $0 += 1 }
        signal.yield()
    }
}
