import LineProtocol
import Persistence

extension WriteTransaction {
    /// Ends a membership with all planning that belongs to it; the owner's place goes to the longest-standing
    /// organizer, else member, and with the last member the room is erased.
    func resign(_ account: AccountReference, from room: RoomReference) throws {
        let role = try membership(room: room.id, account: account.id)?.role
        try removeMember(room: room.id, account: account.id)
        record(.resigned(room, account))
        guard try memberCount(room: room.id) > 0 else {
            try eraseRoom(room.id)
            return
        }
        guard role == .owner, let heir = try successor(room: room.id) else { return }
        try setRole(.owner, room: room.id, account: heir.account.id)
        record(.role(room, heir.account, .owner, by: nil))
    }
}

extension ReadTransaction {
    /// - Throws: NO_SUCH_USER where nobody in the room goes by that name.
    func member(named username: Username, in room: RoomID) throws -> MemberRecord {
        guard let member = try member(named: username.folded, in: room) else {
            throw Failure.noSuchUser(username.shown)
        }
        return member
    }
}

extension Standing {
    /// Checks for more than the declaration asks: TOPIC is read by members and set by organizers.
    /// - Throws: FORBIDDEN.
    func require(_ least: Role) throws(Failure) {
        guard let role, role >= least else {
            throw .forbidden("That takes the role of \(least.rawValue) in \(shown).")
        }
    }
}
