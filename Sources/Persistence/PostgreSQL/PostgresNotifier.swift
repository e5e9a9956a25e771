import Dispatch
import Synchronization

/// Tells other daemons which rooms have moved: at once, then at most each 50 ms. A hint only: it is a statement of its own
/// after the commit, as NOTIFY inside a transaction takes a lock of the whole database, and may be lost.
final class PostgresNotifier: Sendable {
    private struct State {
        var rooms = Set<Int64>()
        var isScheduled = false
    }

    static let pause = Duration.milliseconds(50)
    /// A payload has at most 8,000 bytes.
    static let mostRooms = 300

    private let worker: PostgresWorker
    private let channel: String
    private let node: Int64
    private let state = Mutex(State())

    init(worker: PostgresWorker, channel: String, node: Int64) {
        self.worker = worker
        self.channel = channel
        self.node = node
    }

    func moved(_ rooms: Set<Int64>) {
        let isFirst = state.withLock { state in
            state.rooms.formUnion(rooms)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if isFirst { worker.run { [self] _ in send() } }
    }

    private func send() {
        let rooms = state.withLock { state in
            defer { state.rooms.removeAll() }
            guard !state.rooms.isEmpty else {
                state.isScheduled = false
                return Set<Int64>()
            }
            return state.rooms
        }
        guard !rooms.isEmpty else { return }
        let notification = PostgresNotification(node: node, rooms: rooms.count > Self.mostRooms ? nil : rooms)
        // One that is lost is made good by the others' polling.
        if let connection = try? worker.connection(until: .now) {
            do { _ = try connection.run([notification.statement(on: channel)]) } catch {
                if !connection.isUsable { worker.drop() }
            }
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + Self.pause.interval) { [self] in
            worker.run { [self] _ in send() }
        }
    }
}

/// `node:12,15` or `node:*`.
struct PostgresNotification: Equatable {
    let node: Int64
    /// `nil` is all.
    let rooms: Set<Int64>?

    var payload: String {
        "\(node):" + (rooms.map { $0.sorted().map(String.init).joined(separator: ",") } ?? "*")
    }

    /// What sends it.
    func statement(on channel: String) -> PostgresStatement {
        PostgresStatement("SELECT pg_notify($1, $2)", [.value(.text(channel)), .value(.text(payload))])
    }

    init(node: Int64, rooms: Set<Int64>?) {
        self.node = node
        self.rooms = rooms
    }

    /// - Returns: `nil` for what is not of this form: anybody may send notifications.
    init?(_ payload: String) {
        let parts = payload.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let node = Int64(parts[0]) else { return nil }
        self.node = node
        guard parts[1] != "*" else {
            rooms = nil
            return
        }
        let numbers = parts[1].split(separator: ",").map { Int64($0) }
        guard numbers.allSatisfy({ $0 != nil }) else { return nil }
        rooms = Set(numbers.compactMap { $0 })
    }
}
