import Synchronization

/// What a store counts of its work, to be read at any time from any thread.
public final class StoreMeasures: Sendable {
    /// Seconds from the begin of a transaction to its end on the disk.
    public let commitSeconds = Histogram(
        bounds: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10])
    /// Operations that shared a transaction.
    public let batchSize = Histogram(bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
    /// Seconds from the time of a message that another daemon stored until it was told here; none on SQLite.
    public let followSeconds = Histogram(bounds: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60])
    private let storedMessages = Atomic<Int>(0)
    private let failedBatches = Atomic<Int>(0)

    public init() {}

    /// Messages that this daemon stored.
    public var messages: Int { storedMessages.load(ordering: .relaxed) }

    /// Transactions that could not be stored.
    public var failures: Int { failedBatches.load(ordering: .relaxed) }

    func countFailure() { failedBatches.add(1, ordering: .relaxed) }

    /// A transaction is on the disk.
    func committed(operations: Int, messages: Int, since begin: ContinuousClock.Instant) {
        commitSeconds.observe((ContinuousClock.now - begin) / .seconds(1))
        batchSize.observe(Double(operations))
        storedMessages.add(messages, ordering: .relaxed)
    }
}
