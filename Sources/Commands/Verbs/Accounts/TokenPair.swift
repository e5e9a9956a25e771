import LineProtocol
import Persistence

/// An access and a refresh token, fresh from the signer.
struct TokenPair {
    /// How long an access token may be presented.
    static let accessTime: Int64 = 3_600_000
    static let refreshTime: Int64 = 30 * 86_400_000

    let access: SignedToken
    let refresh: SignedToken

    init(_ services: Services) throws {
        access = try services.tokens.mint(.access, from: services.random)
        refresh = try services.tokens.mint(.refresh, from: services.random)
    }

    /// Stores the pair under its number.
    /// - Returns: `<name> <access> <access-expiry> <refresh> <refresh-expiry>`.
    func store(
        family: Int64, name: String, pair: Int64, in transaction: WriteTransaction
    ) throws -> [String] {
        let accessExpires = transaction.now.advanced(byMilliseconds: Self.accessTime)
        let refreshExpires = transaction.now.advanced(byMilliseconds: Self.refreshTime)
        try transaction.addTokenPair(
            family: family, pair: pair, access: access.storedHash, accessExpires: accessExpires,
            refresh: refresh.storedHash, refreshExpires: refreshExpires)
        return [
            name, access.text, RFC3339.string(milliseconds: accessExpires.milliseconds), refresh.text,
            RFC3339.string(milliseconds: refreshExpires.milliseconds),
        ]
    }
}
