import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// LISTENs on a connection of its own, which is never in a transaction, and asks each 10 s whether it is still there.
final class PostgresListener: Sendable {
    static let heartbeat = Duration.seconds(10)
    /// How long a notification to oneself may take before nobody counts on them.
    static let probeTime = Duration.seconds(5)

    private let worker: PostgresWorker
    private let channel: String
    private let node: Int64
    private let onMoved: @Sendable (Set<Int64>?) -> Void
    private let onNotice: @Sendable (StoreNotice) -> Void
    private let isClosed = Atomic(false)

    init(
        worker: PostgresWorker, channel: String, node: Int64, onMoved: @escaping @Sendable (Set<Int64>?) -> Void,
        onNotice: @escaping @Sendable (StoreNotice) -> Void
    ) {
        self.worker = worker
        self.channel = channel
        self.node = node
        self.onMoved = onMoved
        self.onNotice = onNotice
    }

    func start() {
        worker.run { [self] _ in
            while !isClosed.load(ordering: .relaxed) {
                do {
                    try listen(try worker.connection(until: ContinuousClock.now + .seconds(5)))
                } catch {
                    worker.drop()
                    usleep(100_000)
                }
            }
        }
    }

    func close() { isClosed.store(true, ordering: .relaxed) }

    private func listen(_ connection: PostgresConnection) throws {
        // First LISTEN, then a look at everything: nothing falls between.
        _ = try connection.run([PostgresStatement("LISTEN \"\(channel)\"")])
        onMoved(nil)
        try probe(connection)
        var nextHeartbeat = ContinuousClock.now + Self.heartbeat
        while !isClosed.load(ordering: .relaxed) {
            // In steps, so that closing does not take a heartbeat's time.
            let step = min(nextHeartbeat, ContinuousClock.now + .milliseconds(500))
            take(try connection.notifications(until: step))
            guard ContinuousClock.now >= nextHeartbeat else { continue }
            _ = try connection.run([PostgresStatement("SELECT 1")])
            nextHeartbeat = ContinuousClock.now + Self.heartbeat
        }
    }

    /// Behind a pooler in transaction mode LISTEN succeeds, and nothing ever comes.
    private func probe(_ connection: PostgresConnection) throws {
        let probe = PostgresNotification(node: node, rooms: [])
        _ = try connection.run([probe.statement(on: channel)])
        let end = ContinuousClock.now + Self.probeTime
        while ContinuousClock.now < end, !isClosed.load(ordering: .relaxed) {
            let payloads = try connection.notifications(until: min(end, ContinuousClock.now + .milliseconds(500)))
            take(payloads)
            if payloads.contains(probe.payload) { return }
        }
        onNotice(.notificationsSilent)
    }

    private func take(_ payloads: [String]) {
        var rooms = Set<Int64>()
        for notification in payloads.compactMap(PostgresNotification.init) where notification.node != node {
            guard let named = notification.rooms else { return onMoved(nil) }
            rooms.formUnion(named)
        }
        if !rooms.isEmpty { onMoved(rooms) }
    }
}
