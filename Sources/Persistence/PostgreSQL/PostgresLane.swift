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
        PostgresStatement("SELECT pg_advisory_xact_lock($1)", [lockKey])
    }

    /// The parameter of `lock`, for who takes it within another statement.
    var lockKey: PostgresParameter { .value(.integer(node &+ number)) }

    /// What a batch leaves in the lane's row, in its own transaction.
    struct Settlement {
        let node: Int64
        let number: Int64
        let batch: Int64
        let time: Timestamp

        var statement: PostgresStatement { PostgresStatement(Self.text(firstParameter: 1), parameters) }

        static func text(firstParameter first: Int) -> String {
            """
            INSERT INTO lane (node, number, batch, time) VALUES ($\(first), $\(first + 1), $\(first + 2), $\(first + 3))
            ON CONFLICT (node, number) DO UPDATE SET batch = excluded.batch, time = excluded.time
            """
        }

        var parameters: [PostgresParameter] {
            [node, number, batch, time.milliseconds].map { .value(.integer($0)) }
        }
    }

    /// Runs the last statements of a transaction and COMMIT, and finds out what became of it if the answer is lost.
    /// - Parameter statements: With them runs the settlement that they are given.
    /// - Returns: Whether it was committed; if not, nothing of it happened.
    /// - Throws: `PostgresFailure` where a statement failed, so that nothing happened;
    ///   `StoreFailure.unknownOutcome` where the truth could not be found.
    func commit(
        now: Timestamp, _ connection: PostgresConnection, _ worker: PostgresWorker,
        _ statements: (Settlement) -> [PostgresStatement]
    ) throws -> Bool {
        // A number that none of this lane's batches had.
        let batch = batches.wrappingAdd(1, ordering: .relaxed).newValue
        let settlement = Settlement(node: node, number: number, batch: batch, time: now)
        do {
            _ = try connection.run(statements(settlement) + [.commit])
            return true
        } catch let failure as PostgresFailure where failure.isLoss || !connection.isUsable {
            worker.drop()
            onNotice(.commitLost)
            return try settle(batch, worker)
        }
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
