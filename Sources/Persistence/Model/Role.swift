/// A role in a room, lowest first.
public enum Role: String, Sendable, Comparable, CaseIterable, Codable {
    case member, organizer, owner

    /// 0 for a member, 2 for the owner.
    public var rank: Int {
        switch self {
        case .member: 0
        case .organizer: 1
        case .owner: 2
        }
    }

    init(rank: Int64) {
        self = rank >= 2 ? .owner : rank == 1 ? .organizer : .member
    }

    public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }
}

/// Who may enter a room unasked.
public enum RoomAccess: String, Sendable, Codable {
    /// Nobody; the room answers strangers as one that does not exist.
    case invite
    /// Anybody who is logged in.
    case open
}
