import LineProtocol
import Persistence
import Synchronization

extension Command {
    static let export = Command(
        Declaration(
            "EXPORT", nil, [], by: .user, codes: [.rateLimited],
            help: "Gives all that is your own: account, tokens, groups, planning, messages."),
        .long { call in
            let user = try call.user()
            let now = call.services.clock.now()
            if let seconds = call.services.limiters.exports.take(String(user.account.rawValue), now: now) {
                throw Failure.rateLimited(seconds: seconds)
            }
            let rooms = try await call.services.store.read { try $0.rooms(of: user.account) }
            var answer = Answer()
            answer.pages = ExportPages(call: call, user: user, rooms: rooms)
            return answer
        })
}

/// The rows of an EXPORT, read from the store as the client takes them.
private final class ExportPages: PagedRows {
    private enum Position {
        case account
        case group(Int)
        /// The person's messages in the room with this index, after this id.
        case messages(Int, after: Int64)
        case end
    }

    private struct State {
        var position = Position.account
        var rows = 0
    }

    private let call: Call
    private let user: Identity
    private let rooms: [RoomReference]
    private let state = Mutex(State())

    /// Messages a page.
    private static let pageSize = 500

    init(call: Call, user: Identity, rooms: [RoomReference]) {
        self.call = call
        self.user = user
        self.rooms = rooms
    }

    func next() async throws -> [Row] {
        while true {
            let position = state.withLock { $0.position }
            let (rows, following) = try await page(at: position)
            state.withLock { state in
                state.position = following
                state.rows += rows.count
            }
            if case .end = position { return [] }
            if !rows.isEmpty { return rows }
        }
    }

    func fields() async -> [String] { [String(state.withLock { $0.rows })] }

    private func page(at position: Position) async throws -> ([Row], Position) {
        switch position {
        case .account: return (try await accountRows(), rooms.isEmpty ? .end : .group(0))
        case .group(let index): return (try await groupRows(rooms[index]), .messages(index, after: 0))
        case .messages(let index, let after):
            let room = rooms[index]
            let entries = try await call.services.store.read { [user] transaction in
                try transaction.history(room: room.id, author: user.account, after: after, limit: Self.pageSize)
            }
            let next: Position = index + 1 < rooms.count ? .group(index + 1) : .end
            let isFull = entries.count == Self.pageSize
            return (
                entries.map { Row(history: $0, room: "#" + room.name) },
                isFull ? .messages(index, after: entries.last?.id ?? after) : next
            )
        case .end: return ([], .end)
        }
    }

    private func accountRows() async throws -> [Row] {
        try await call.services.store.read { [call] transaction in
            let account = try transaction.ownAccount(call)
            let row = Row(
                kind: "ACCOUNT",
                fields: [
                    account.reference.name, account.email, account.zone,
                    RFC3339.string(milliseconds: account.created.milliseconds),
                    call.services.place.avatarURL(account.avatarDigest),
                ], text: account.displayName ?? "*")
            return [row] + (try transaction.tokenFamilies(of: account.reference.id).map(Row.init(token:)))
        }
    }

    /// A room that was left meanwhile has no rows.
    private func groupRows(_ room: RoomReference) async throws -> [Row] {
        try await call.services.store.read { [call, user] transaction in
            guard let member = try transaction.membership(room: room.id, account: user.account),
                let group = try transaction.groups(of: user.account).first(where: { $0.room.reference.id == room.id })
            else { return [] }
            let planning = try MemberPlanning(member, room: group.room, call: call, transaction)
            return [Row(group: group), planning.statisticsRow] + planning.availabilityRows
        }
    }
}
