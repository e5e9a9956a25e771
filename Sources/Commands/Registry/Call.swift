public import LineProtocol
public import Persistence

/// Who a connection is.
public struct Identity: Sendable, Equatable {
    public let account: AccountID
    public let username: Username
    /// Came by LOGIN, VERIFY or RESET: may do what an access token may not.
    public let hasPassword: Bool
    /// The family of the access token that it came by.
    public let family: Int64?

    public init(account: AccountID, username: Username, hasPassword: Bool, family: Int64?) {
        self.account = account
        self.username = username
        self.hasPassword = hasPassword
        self.family = family
    }

    public var reference: AccountReference { AccountReference(id: account, name: username.shown) }
}

/// One line on its way through a command: what was typed, by whom, and what there is to do it with.
public struct Call: Sendable {
    public let arguments: Arguments
    public let declaration: Declaration
    /// `nil` before log-in.
    public let identity: Identity?
    /// The remote end, as the limits an address count it.
    public let address: AddressKey
    public let origin: Origin
    /// The connection's current room.
    public let currentRoom: RoomName?
    public let services: Services

    public init(
        arguments: Arguments, declaration: Declaration, identity: Identity?, address: AddressKey,
        origin: Origin, currentRoom: RoomName?, services: Services
    ) {
        self.arguments = arguments
        self.declaration = declaration
        self.identity = identity
        self.address = address
        self.origin = origin
        self.currentRoom = currentRoom
        self.services = services
    }

    /// Who asks, where the declaration says that somebody logged in must.
    /// - Throws: LOGIN_REQUIRED.
    public func user() throws(Failure) -> Identity {
        guard let identity else { throw .loginRequired }
        return identity
    }

    /// - Throws: ALREADY_LOGGED_IN.
    public func requireStranger() throws(Failure) {
        guard identity == nil else { throw .alreadyLoggedIn }
    }

    /// A declared word as a username; a word that can be none is nobody's.
    /// - Throws: NO_SUCH_USER; NEED_MORE_PARAMS where it was left out.
    public func username(_ name: String) throws(Failure) -> Username {
        let word = try arguments.required(name)
        guard let username = Username(word) else { throw .noSuchUser(word) }
        return username
    }
}

/// What the limits "an address" count: an IPv4 address or an IPv6 /64, or nothing for exempt ones.
public struct AddressKey: Sendable, Hashable {
    /// The network's text (`192.0.2.7`, `2001:db8:1:2::/64`); `nil` for an exempt address.
    public let network: String?

    public init(network: String?) { self.network = network }
}

extension Call {
    /// Counts one more for the network address that asks; exempt ones are not counted.
    /// - Throws: RATE_LIMITED.
    func countForAddress(_ limiter: RateLimiter) throws(Failure) {
        guard let network = address.network, let seconds = limiter.take(network, now: services.clock.now()) else {
            return
        }
        throw .rateLimited(seconds: seconds)
    }
}
