import Foundation

/// A change as a row: other daemons read it, each in its place among the room's messages.
struct StoredChange {
    /// 0 for a change that belongs to no room.
    let room: Int64
    let payload: String

    /// One row for each room that the change is told in.
    static func rows(of change: Change) throws -> [StoredChange] {
        try change.parts.map { part in
            let payload = try JSONEncoder().encode(part)
            return StoredChange(room: part.room?.rawValue ?? 0, payload: String(decoding: payload, as: UTF8.self))
        }
    }

    /// - Returns: `nil` for one that a newer version wrote.
    static func change(from payload: String) -> Change? {
        try? JSONDecoder().decode(Change.self, from: Data(payload.utf8))
    }
}

extension Change {
    /// The room that the change is told in, in order with its messages; `nil` for none, or several.
    var room: RoomID? {
        switch self {
        case .joined(let room, _), .resigned(let room, _), .kicked(let room, _, _, _), .role(let room, _, _, _),
            .topic(let room, _, _), .access(let room, _, _), .created(let room, _, _), .renamed(let room, _, _, _),
            .deleted(let room, _, _), .invited(let room, _, _), .mood(let room, _, _), .budget(let room, _, _),
            .distance(let room, _, _), .availability(let room, _, _), .listens(let room, _), .left(let room, _, _):
            room.id
        case .avatar(let rooms, _, _), .displayName(let rooms, _, _): rooms.count == 1 ? rooms[0].id : nil
        case .sessionsClosed, .familyRevoked, .changesMissed: nil
        }
    }

    /// The same, one for each room.
    var parts: [Change] {
        switch self {
        case .avatar(let rooms, let account, let url): rooms.map { .avatar([$0], account, url: url) }
        case .displayName(let rooms, let account, let name): rooms.map { .displayName([$0], account, name: name) }
        default: [self]
        }
    }
}
