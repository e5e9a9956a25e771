import LineProtocol
import Persistence
import Synchronization

/// The open rooms of a whole server, read by name as the client takes them: anybody can make many, with a long topic each.
final class OpenRoomPages: PagedRows {
    private struct State {
        /// Folded: those up to here were given.
        var name = ""
        var rows = 0
        var isAtEnd = false
    }

    private let account: AccountID
    private let store: any Store
    private let state = Mutex(State())

    private static let pageSize = 200

    init(account: AccountID, store: any Store) {
        self.account = account
        self.store = store
    }

    func next() async throws -> [Row] {
        let (name, isAtEnd) = state.withLock { ($0.name, $0.isAtEnd) }
        guard !isAtEnd else { return [] }
        let rooms = try await store.read { [account] transaction in
            try transaction.openRooms(without: account, after: name, limit: Self.pageSize)
        }
        state.withLock { state in
            state.name = rooms.last?.room.reference.name.asciiLowercased ?? name
            state.rows += rooms.count
            state.isAtEnd = rooms.count < Self.pageSize
        }
        return rooms.map(Row.init(group:))
    }

    func fields() async -> [String] { [String(state.withLock { $0.rows })] }
}
