/// An account for as long as the database lives; never given again.
public struct AccountID: Sendable, Hashable, Codable {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// A room for as long as the database lives; never given again, also not to a room of the same name.
public struct RoomID: Sendable, Hashable, Codable {
    public let rawValue: Int64
    public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// An account with its name as shown.
public struct AccountReference: Sendable, Hashable, Codable {
    public let id: AccountID
    public let name: String

    public init(id: AccountID, name: String) {
        self.id = id
        self.name = name
    }
}

/// A room with its name as shown, without a `#`.
public struct RoomReference: Sendable, Hashable, Codable {
    public let id: RoomID
    public let name: String

    public init(id: RoomID, name: String) {
        self.id = id
        self.name = name
    }
}

/// Where something came from: a connection of one event loop. What it caused is answered there.
public struct Origin: Sendable, Hashable {
    public let connection: UInt64
    public let loop: Int

    public init(connection: UInt64, loop: Int) {
        self.connection = connection
        self.loop = loop
    }
}
