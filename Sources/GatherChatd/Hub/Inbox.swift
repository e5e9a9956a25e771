import Synchronization

/// Deliveries on their way to one event loop.
final class Inbox: Sendable {
    private let deliveries = Mutex<[Delivery]>([])
    /// Spares the loop the lock where there is nothing.
    private let isFilled = Atomic(false)

    /// - Returns: Whether it was empty: then the loop has to be woken.
    func add(_ delivery: Delivery) -> Bool {
        deliveries.withLock { deliveries in
            deliveries.append(delivery)
            isFilled.store(true, ordering: .releasing)
            return deliveries.count == 1
        }
    }

    /// All that is there, in order.
    func takeAll() -> [Delivery] {
        guard isFilled.load(ordering: .acquiring) else { return [] }
        return deliveries.withLock { deliveries in
            isFilled.store(false, ordering: .releasing)
            let all = deliveries
            deliveries = []
            return all
        }
    }
}
