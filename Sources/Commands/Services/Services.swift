public import Persistence

/// What commands work with, given by the daemon (or by a test).
public struct Services: Sendable {
    public let store: any Store
    public let clock: any WallClock
    public let random: any RandomSource
    public let passwords: any PasswordWork
    public let tokens: SignedToken.Signer
    public let images: any ImageProcessing
    public let blobs: any BlobStore
    public let presence: any Presence
    public let computation: any HeavyWork
    public let limits: Limits
    public let limiters: Limiters
    public let registry: Registry
    public let place: Place

    public init(
        store: any Store, clock: any WallClock, random: any RandomSource, passwords: any PasswordWork,
        tokens: SignedToken.Signer, images: any ImageProcessing, blobs: any BlobStore,
        presence: any Presence, computation: any HeavyWork, limits: Limits, registry: Registry, place: Place
    ) {
        self.store = store
        self.clock = clock
        self.random = random
        self.passwords = passwords
        self.tokens = tokens
        self.images = images
        self.blobs = blobs
        self.presence = presence
        self.computation = computation
        self.limits = limits
        self.limiters = Limiters(limits)
        self.registry = registry
        self.place = place
    }
}

/// Where this server is, as people and mails name it.
public struct Place: Sendable {
    /// Always holds a dot, so that it can be no username.
    public let serverName: String
    /// Without a slash at its end.
    public let webURL: String

    public init(serverName: String, webURL: String) {
        self.serverName = serverName
        self.webURL = webURL
    }

    /// The public address of a picture.
    public func avatarURL(_ digest: String) -> String { "\(webURL)/avatar/\(digest).png" }
}

/// Who listens where right now.
public protocol Presence: Sendable {
    /// The people of whom any connection listens in the room, on any daemon.
    func online(in room: RoomID, _ transaction: ReadTransaction) throws -> Set<AccountID>
}

/// Password hashing, which takes about a tenth of a second of a core, on threads of its own, bounded in number
/// and in queue.
public protocol PasswordWork: Sendable {
    /// - Throws: TEMPORARILY_UNAVAILABLE when too many wait.
    func hash(_ password: String) async throws -> String
    /// Takes as long where `hash` is `nil` (there is no such account) as where there is one.
    func verify(_ password: String, against hash: String?) async throws -> Bool
}

/// Work that would hold up others where it was asked for, on threads of its own, bounded in number and in queue.
public protocol HeavyWork: Sendable {
    /// - Throws: What `body` throws; TEMPORARILY_UNAVAILABLE when too much waits.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value
}

/// Makes a stored picture out of an uploaded one, in a process of its own.
public protocol ImageProcessing: Sendable {
    /// - Returns: A PNG of 256 × 256 pixels without metadata.
    /// - Throws: UNSUPPORTED_IMAGE, IMAGE_TOO_LARGE, TEMPORARILY_UNAVAILABLE.
    func avatar(from bytes: [UInt8]) async throws -> [UInt8]
}
