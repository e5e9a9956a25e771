import Synchronization

/// One connection that writes, as a row of the database: the number of its last batch is stored in the same transaction,
/// so that it can be told after a COMMIT without an answer whether it happened.
final class PostgresLane: Sendable {
    /// How long anybody waits for a database that is away before the answer is that it is.
    static let patience = Duration.seconds(3)
    /// How long the truth about a lost COMMIT is looked for.
    static let settlingTime = Duration.seconds(60)

    let node: Int64
    private let number: Int64
    private let batches = Atomic<Int64>(0)
    private let onNotice: @Sendable (StoreNotice) -> Void

    init(node: Int64, number: Int64, onNotice: @escaping @Sendable (StoreNotice) -> Void) {
        self.node = node
        self.number = number
        self.onNotice = onNotice
    }

    /// Goes out with BEGIN: COMMIT is sent only by who holds the lane. A transaction that nobody hears of any more, whose
    /// COMMIT may still arrive (a server that hung, a slow way), is waited for before its fate is looked up.
    var lock: PostgresStatement {
        // A transaction's advisory lock is held to its end and writes nothing.
        PostgresStatement("SELECT pg_advisory_xact_lock($1)", [.value(.integer(node &+ number))])
    }

    /// Runs the last statements of a transaction and COMMIT, and finds out what became of it if the answer is lost.
    /// - Returns: Whether it was committed; if not, nothing of it happened.
    /// - Throws: `PostgresFailure` where a statement failed, so that nothing happened;
    ///   `StoreFailure.unknownOutcome` where the truth could not be found.
    func commit(
        _ statements: [PostgresStatement], now: Timestamp, _ connection: PostgresConnection, _ worker: PostgresWorker
    ) throws -> Bool {
        // A number that none of this lane's batches had.
        let batch = batches.wrappingAdd(1, ordering: .relaxed).newValue
        do {
            _ = try connection.run(statements + [settlement(of: batch, now: now), .commit])
            return true
        } catch let failure as PostgresFailure where failure.isLoss || !connection.isUsable {
            worker.drop()
            onNotice(.commitLost)
            return try settle(batch, worker)
        }
    }

    private func settlement(of batch: Int64, now: Timestamp) -> PostgresStatement {
        PostgresStatement(
            """
            INSERT INTO lane (node, number, batch, time) VALUES ($1, $2, $3, $4)
            ON CONFLICT (node, number) DO UPDATE SET batch = excluded.batch, time = excluded.time
            """,
            [
                .value(.integer(node)), .value(.integer(number)), .value(.integer(batch)),
                .value(.integer(now.milliseconds)),
            ])
    }

    private func settle(_ batch: Int64, _ worker: PostgresWorker) throws -> Bool {
        let end = ContinuousClock.now + Self.settlingTime
        while ContinuousClock.now < end, !worker.door.isClosed {
            do {
                let connection = try worker.connection(until: min(end, ContinuousClock.now + .milliseconds(500)))
                let rows = try connection.run([
                    .begin, lock,
                    PostgresStatement(
                        "SELECT batch FROM lane WHERE node = $1 AND number = $2",
                        [.value(.integer(node)), .value(.integer(number))]),
                    .commit,
                ])[2]
                return rows.first?.optionalInteger(0) ?? 0 >= batch
            } catch let failure as PostgresFailure {
                if failure.endsConnection {
                    worker.drop()
                } else if let connection = try? worker.connection(until: .now) {
                    worker.rollBack(connection)
                }
            } catch {}
        }
        throw StoreFailure.unknownOutcome("the answer to COMMIT was lost, and the database does not answer")
    }
}
