import LineProtocol
import Synchronization

/// The windows of all members, of one moment, put into rows a few members at a time as the client takes them:
/// a full room has tens of thousands, and their words are many times larger than they are.
final class AvailabilityPages: PagedRows {
    private struct State {
        var nextMember = 0
        var rows = 0
    }

    private let room: String
    private let members: [MemberPlanning]
    private let state = Mutex(State())

    /// A page ends with the member whose windows fill it.
    private static let pageSize = 500

    init(room: String, members: [MemberPlanning]) {
        self.room = room
        self.members = members
    }

    func next() async throws -> [Row] {
        state.withLock { state in
            var page: [Row] = []
            while state.nextMember < members.count, page.count < Self.pageSize {
                page += members[state.nextMember].availabilityRows
                state.nextMember += 1
            }
            state.rows += page.count
            return page
        }
    }

    func fields() async -> [String] { [room, String(state.withLock { $0.rows })] }
}
