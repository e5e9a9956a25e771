import CLibPQ

#if canImport(Glibc)
    import Glibc
#endif

/// One connection to PostgreSQL over libpq, used by one thread at a time.
///
/// It stays in pipeline mode: what is run together costs one round trip. Every wait has a deadline, as a server that is
/// stopped or a network that is cut tells nothing.
final class PostgresConnection {
    /// Longer than the server's own `statement_timeout`, which should come first.
    static let longestTime = Duration.seconds(12)
    /// For what only reads, which may be given up at any time.
    static let readingTime = Duration.seconds(5)

    /// How long an answer may take.
    var answerTime = PostgresConnection.longestTime
    /// Set from outside, it ends every wait.
    private let isStopped: StopFlag
    private let handle: OpaquePointer
    /// The names of prepared statements by their texts.
    private var prepared: [String: String] = [:]
    private var namesGiven = 0
    /// Statements that go out in front of the next one, without a round trip of their own.
    private var queued: [PostgresStatement] = []
    private(set) var isUsable = true
    /// Whether a statement that may change something ran since the last `begin`.
    private(set) var hasWritten = false

    /// Connects; takes at most as long as the address says (`connect_timeout` for each host).
    /// - Throws: `PostgresFailure`.
    init(_ address: PostgresAddress, stoppedBy isStopped: StopFlag = StopFlag()) throws(PostgresFailure) {
        guard let handle = address.withParameters({ PQconnectdbParams($0, $1, 0) }) else {
            throw PostgresFailure(lost: "no memory for a connection")
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            let words = Self.firstLine(PQerrorMessage(handle))
            PQfinish(handle)
            throw PostgresFailure(lost: words)
        }
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
            PQfinish(handle)
            throw PostgresFailure(lost: "pipeline mode is not available")
        }
        self.handle = handle
        self.isStopped = isStopped
        // What the server remarks by the way would go to standard error, unasked and unchecked.
        PQsetNoticeReceiver(handle, { _, _ in }, nil)
    }

    deinit { PQfinish(handle) }

    /// 150018 is 15.18.
    var serverVersion: Int { Int(PQserverVersion(handle)) }

    func parameter(_ name: String) -> String? { PQparameterStatus(handle, name).map { String(cString: $0) } }

    // MARK: Running

    /// Begins a transaction with whatever runs next.
    func begin(_ beginning: PostgresStatement = .begin) {
        hasWritten = false
        queue(beginning)
    }

    /// Sends the statement in front of whatever runs next.
    func queue(_ statement: PostgresStatement) { queued.append(statement) }

    /// Forgets what was queued and never sent.
    func forgetQueued() { queued.removeAll() }

    /// Runs statements one after the other in one round trip; after one that fails none is run.
    /// - Returns: The rows of each.
    /// - Throws: `PostgresFailure` of the first that failed.
    func run(_ statements: [PostgresStatement]) throws -> [[SQLRow]] {
        guard isUsable else { throw PostgresFailure(lost: "the connection is broken") }
        let all = queued + statements
        let skipped = queued.count
        queued.removeAll()
        if all.contains(where: \.mayWrite) { hasWritten = true }
        var preparing: [(text: String, name: String)?] = []
        for statement in all { preparing.append(try send(statement, preparing)) }
        guard PQpipelineSync(handle) == 1 else { throw broken() }
        let deadline = ContinuousClock.now + answerTime
        try flush(until: deadline)
        var results: [[SQLRow]] = []
        var failure: PostgresFailure?
        for preparation in preparing {
            if let preparation {
                let answer = try answer(until: deadline)
                failure = failure ?? answer.failure
                if answer.isDone { prepared[preparation.text] = preparation.name }
            }
            let answer = try answer(until: deadline)
            failure = failure ?? answer.failure
            results.append(answer.rows)
        }
        try awaitSync(until: deadline)
        if let failure {
            if failure.endsConnection { isUsable = false }
            throw failure
        }
        results.removeFirst(skipped)
        return results
    }

    /// - Returns: What has to be prepared for it first, if anything: that has an answer of its own.
    private func send(
        _ statement: PostgresStatement, _ preparing: [(text: String, name: String)?]
    ) throws -> (text: String, name: String)? {
        var preparation: (text: String, name: String)?
        let name: String
        if let known = prepared[statement.text] {
            name = known
        } else if let fresh = preparing.first(where: { $0?.text == statement.text }) {
            name = fresh?.name ?? ""
        } else {
            name = "s\(namesGiven)"
            namesGiven += 1
            preparation = (statement.text, name)
            guard PQsendPrepare(handle, name, statement.text, 0, nil) == 1 else { throw broken() }
        }
        try send(statement, name: name)
        return preparation
    }

    private func send(_ statement: PostgresStatement, name: String) throws {
        var bytes: [UInt8] = []
        var offsets: [Int] = []
        var lengths: [CInt] = []
        for parameter in statement.parameters {
            offsets.append(bytes.count)
            parameter.write(into: &bytes)
            lengths.append(CInt(truncatingIfNeeded: bytes.count - offsets[offsets.count - 1]))
        }
        let formats = statement.parameters.map { CInt($0.isBinary ? 1 : 0) }
        let sent = bytes.withUnsafeBytes { memory in
            let values = zip(statement.parameters, offsets).map { parameter, offset -> UnsafePointer<CChar>? in
                guard !parameter.isNull else { return nil }
                guard let base = memory.baseAddress else { return Self.emptyValue }
                return (base + offset).assumingMemoryBound(to: CChar.self)
            }
            return PQsendQueryPrepared(handle, name, CInt(values.count), values, lengths, formats, 1)
        }
        guard sent == 1 else { throw broken() }
    }

    /// What a value without bytes points to: `nil` would be NULL.
    private nonisolated(unsafe) static let emptyValue: UnsafePointer<CChar> = {
        let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
        byte.initialize(to: 0)
        return UnsafePointer(byte)
    }()

    // MARK: Answers

    private struct StatementAnswer {
        var rows: [SQLRow] = []
        /// It ran; neither this nor one before it failed.
        var isDone = false
        var failure: PostgresFailure?
    }

    private func answer(until deadline: ContinuousClock.Instant) throws -> StatementAnswer {
        var answer = StatementAnswer()
        while let result = try next(until: deadline) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK:
                answer.rows = PostgresRows.read(result)
                answer.isDone = true
            case PGRES_COMMAND_OK: answer.isDone = true
            case PGRES_PIPELINE_ABORTED: break
            default: answer.failure = failure(of: result)
            }
        }
        return answer
    }

    private func failure(of result: OpaquePointer) -> PostgresFailure {
        // PG_DIAG_SQLSTATE is 'C'.
        guard let state = PQresultErrorField(result, CInt(UInt8(ascii: "C"))) else {
            isUsable = false
            return PostgresFailure(lost: Self.firstLine(PQresultErrorMessage(result)))
        }
        return PostgresFailure(state: String(cString: state))
    }

    private func awaitSync(until deadline: ContinuousClock.Instant) throws {
        guard let result = try next(until: deadline) else { throw broken() }
        defer { PQclear(result) }
        guard PQresultStatus(result) == PGRES_PIPELINE_SYNC else { throw broken() }
    }

    private func next(until deadline: ContinuousClock.Instant) throws -> OpaquePointer? {
        while PQisBusy(handle) == 1 { try wait(forOutput: false, until: deadline) }
        let result = PQgetResult(handle)
        if PQstatus(handle) != CONNECTION_OK {
            PQclear(result)
            throw broken()
        }
        return result
    }

    private func flush(until deadline: ContinuousClock.Instant) throws {
        while true {
            let left = PQflush(handle)
            if left == 0 { return }
            guard left == 1 else { throw broken() }
            try wait(forOutput: true, until: deadline)
        }
    }

    private func wait(forOutput: Bool, until deadline: ContinuousClock.Instant) throws {
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        if forOutput { descriptor.events |= Int16(POLLOUT) }
        let left = ContinuousClock.now.duration(to: deadline)
        guard left > .zero, descriptor.fd >= 0, !isStopped.isSet else {
            isUsable = false
            throw PostgresFailure(lost: "the server does not answer")
        }
        _ = poll(&descriptor, 1, CInt(clamping: min(left.wholeMilliseconds, 250)))
        if descriptor.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, PQconsumeInput(handle) == 0 { throw broken() }
    }

    private func broken() -> PostgresFailure {
        isUsable = false
        return PostgresFailure(lost: Self.firstLine(PQerrorMessage(handle)))
    }

    private static func firstLine(_ message: UnsafePointer<CChar>?) -> String {
        let text = message.map { String(cString: $0) } ?? ""
        return text.split(separator: "\n").first.map(String.init) ?? "the connection broke"
    }

    // MARK: Notifications

    /// The payloads that have come, and those that come until the deadline; returns with the first.
    func notifications(until deadline: ContinuousClock.Instant) throws -> [String] {
        while true {
            guard PQconsumeInput(handle) == 1 else { throw broken() }
            var payloads: [String] = []
            while let notification = PQnotifies(handle) {
                payloads.append(String(cString: notification.pointee.extra))
                PQfreemem(notification)
            }
            if !payloads.isEmpty || ContinuousClock.now >= deadline { return payloads }
            var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
            let left = ContinuousClock.now.duration(to: deadline)
            _ = poll(&descriptor, 1, CInt(clamping: left.wholeMilliseconds))
        }
    }
}

extension PostgresConnection: SQLSession {
    func rows(_ statement: String, _ values: [SQLValue]) throws -> [SQLRow] {
        let text = PostgresDialect.text(of: statement)
        return try run([PostgresStatement(text, values.map(PostgresParameter.value))])[0]
    }
}
