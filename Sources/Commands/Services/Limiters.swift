/// The limits on how often something may be done, each counted for all connections of this daemon.
public struct Limiters: Sendable {
    public let loginFailuresByAddress: RateLimiter
    public let loginFailuresByAccount: RateLimiter
    public let mails: RateLimiter
    public let signups: RateLimiter
    /// By network address, and by the name that is typed: kept apart from mails, so that names of nobody fill no table
    /// in which people are counted.
    public let resetsByAddress: RateLimiter
    public let resetsByName: RateLimiter
    public let avatars: RateLimiter
    public let exports: RateLimiter

    public init(_ limits: Limits) {
        loginFailuresByAddress = RateLimiter(limit: limits.loginFailuresPerAddress, seconds: 600)
        loginFailuresByAccount = RateLimiter(limit: limits.loginFailuresPerAccount, seconds: 600)
        mails = RateLimiter(limit: limits.mailsPerAddress, seconds: 3_600)
        signups = RateLimiter(limit: limits.signupsPerAddress, seconds: 3_600)
        resetsByAddress = RateLimiter(limit: limits.signupsPerAddress, seconds: 3_600)
        resetsByName = RateLimiter(limit: limits.mailsPerAddress, seconds: 3_600)
        avatars = RateLimiter(limit: limits.avatarsPerHour, seconds: 3_600)
        exports = RateLimiter(limit: limits.exportsPerMinute, seconds: 60)
    }
}
