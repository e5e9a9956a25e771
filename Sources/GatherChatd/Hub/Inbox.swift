import Synchronization

/// Deliveries on their way to the event loops, in one order for all of them.
///
/// A delivery is in every loop's inbox before any loop can take it: whoever has heard of it on one loop, and does something
/// then, comes behind it on all others. One lock for all, held for an append a loop.
final class Inboxes: Sendable {
    private let waiting: Mutex<[[Delivery]]>

    init(loops: Int) { waiting = Mutex(Array(repeating: [], count: loops)) }

    /// - Returns: The loops whose inbox was empty: they have to be woken.
    func add(_ delivery: Delivery, _ inboxes: [Inbox]) -> [Int] {
        waiting.withLock { waiting in
            var asleep: [Int] = []
            for inbox in inboxes {
                if waiting[inbox.loop].isEmpty { asleep.append(inbox.loop) }
                waiting[inbox.loop].append(delivery)
                inbox.isFilled.store(true, ordering: .releasing)
            }
            return asleep
        }
    }

    fileprivate func takeAll(_ inbox: Inbox) -> [Delivery] {
        waiting.withLock { waiting in
            inbox.isFilled.store(false, ordering: .releasing)
            let all = waiting[inbox.loop]
            waiting[inbox.loop] = []
            return all
        }
    }
}

/// Deliveries on their way to one event loop.
final class Inbox: Sendable {
    let loop: Int
    private let all: Inboxes
    /// Spares the loop the lock where there is nothing.
    fileprivate let isFilled = Atomic(false)

    init(loop: Int, of all: Inboxes) {
        self.loop = loop
        self.all = all
    }

    /// All that is there, in order.
    func takeAll() -> [Delivery] {
        guard isFilled.load(ordering: .acquiring) else { return [] }
        return all.takeAll(self)
    }
}
