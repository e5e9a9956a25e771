/// An operation that is not a message, as its own transaction: changes of the store that were told of are rows in it.
struct PostgresJob<Value: Sendable> {
    /// What a job did.
    struct Done {
        let value: Value
        let changes: [(room: Int64, id: Int64)]
    }

    let lane: PostgresLane
    let origin: Origin?
    let clock: any WallClock
    let measures: StoreMeasures
    let body: @Sendable (WriteTransaction) throws -> Value

    /// - Throws: What `body` throws; `StoreFailure`.
    func run(on worker: PostgresWorker, until deadline: ContinuousClock.Instant) throws -> Done {
        var deadline = deadline
        while true {
            if let done = try worker.retrying(until: deadline, { try attempt($0, worker) }) { return done }
            deadline = .now + PostgresLane.patience
        }
    }

    /// - Returns: `nil` where a COMMIT was lost and nothing happened: once more from the beginning.
    private func attempt(_ connection: PostgresConnection, _ worker: PostgresWorker) throws -> Done? {
        let begin = ContinuousClock.now
        let transaction = WriteTransaction(
            session: connection, now: clock.now(), rowLock: " FOR NO KEY UPDATE")
        connection.begin()
        connection.queue(lane.lock)
        let value = try body(transaction)
        guard connection.hasWritten || !transaction.changes.isEmpty else {
            _ = try connection.run([.commit])
            return Done(value: value, changes: [])
        }
        let changes = try store(transaction.changes, connection)
        let isCommitted = try lane.commit(now: transaction.now, connection, worker) { changes.moved + [$0.statement] }
        guard isCommitted else { return nil }
        measures.committed(operations: 1, messages: 0, since: begin)
        return Done(value: value, changes: changes.rows)
    }

    private struct Stored {
        var rows: [(room: Int64, id: Int64)] = []
        var moved: [PostgresStatement] = []
    }

    /// The rooms are locked, so that their changes are numbered in the order in which they are committed.
    private func store(_ changes: [Change], _ connection: PostgresConnection) throws -> Stored {
        var stored = Stored()
        let rows = try changes.flatMap(StoredChange.rows)
        guard !rows.isEmpty else { return stored }
        let rooms = Set(rows.map(\.room)).sorted()
        let results = try connection.run([
            .lockRooms(where: "id = ANY ($1)", [.integers(rooms)]),
            PostgresStatement(
                """
                INSERT INTO change (room, after_id, payload, node, connection, loop, time)
                SELECT f.room, coalesce(r.last_id, 0), f.payload, $3, $4, $5, $6
                FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS f (room, payload, number)
                LEFT JOIN room r ON r.id = f.room ORDER BY f.number RETURNING room, id
                """,
                [
                    .integers(rows.map(\.room)), .texts(rows.map(\.payload)), .value(.integer(lane.node)),
                    .value(.integer(Int64(bitPattern: origin?.connection ?? 0))),
                    .value(.integer(Int64(origin?.loop ?? -1))), .value(.integer(clock.now().milliseconds)),
                ]),
        ])
        stored.rows = try results[1].map { (room: try $0.integer(0), id: try $0.integer(1)) }
        // The last of a room is its newest.
        let newest = Dictionary(stored.rows.map { ($0.room, $0.id) }, uniquingKeysWith: max)
        stored.moved = [
            PostgresStatement(
                """
                UPDATE room r SET last_change = f.id FROM unnest($1::bigint[], $2::bigint[]) AS f (room, id)
                WHERE r.id = f.room
                """, [.integers(newest.map(\.key)), .integers(newest.map(\.value))])
        ]
        return stored
    }
}
