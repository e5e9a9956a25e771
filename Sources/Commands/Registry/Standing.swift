import LineProtocol
public import Persistence

/// A room as one caller sees it, found and checked inside the transaction that acts on it.
public struct Standing: Sendable {
    public let room: RoomRecord
    /// `nil` for somebody who is no member.
    public let role: Role?
    public let isInvited: Bool

    public var reference: RoomReference { room.reference }
    /// The room as the server writes it, with its `#`.
    public var shown: String { "#" + room.reference.name }
}

extension ReadTransaction {
    /// Finds a room and checks what the caller may do in it.
    /// - Throws: NO_SUCH_ROOM, in the same words for no room and for one the caller may not know of;
    ///   NOT_A_MEMBER; FORBIDDEN.
    public func standing(
        of identity: Identity, in choice: RoomChoice, permission: Permission
    ) throws -> Standing {
        guard let room = try room(named: choice.name.folded) else { throw Failure.noSuchRoom(typed: choice.typed) }
        let role = try membership(room: room.reference.id, account: identity.account)?.role
        let isInvited = try role == nil && isInvited(room: room.reference.id, account: identity.account)
        let standing = Standing(room: room, role: role, isInvited: isInvited)
        guard role != nil || isInvited || room.access == .open else { throw Failure.noSuchRoom(typed: choice.typed) }
        switch permission {
        case .anybody, .user, .passwordUser, .roomVisitor: return standing
        case .memberOrInvited:
            guard role != nil || isInvited else { throw Failure.notAMember(of: standing.shown) }
        case .room(let least):
            guard let role else { throw Failure.notAMember(of: standing.shown) }
            guard role >= least else {
                throw Failure.forbidden("That takes the role of \(least.rawValue) in \(standing.shown).")
            }
        }
        return standing
    }
}
