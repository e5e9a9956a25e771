import LineProtocol
import Persistence

/// Guessing passwords, tokens and codes is slowed down, by address and by account.
extension Call {
    /// - Parameter account: The folded name that was typed; `nil` where a token names the account.
    /// - Throws: RATE_LIMITED.
    func checkLoginFailures(account: String?) throws(Failure) {
        let now = services.clock.now()
        if let network = address.network,
            let seconds = services.limiters.loginFailuresByAddress.check(network, now: now)
        {
            throw .rateLimited(seconds: seconds)
        }
        if let account, let seconds = services.limiters.loginFailuresByAccount.check(account, now: now) {
            throw .rateLimited(seconds: seconds)
        }
    }

    func countLoginFailure(account: String?) {
        let now = services.clock.now()
        if let network = address.network { services.limiters.loginFailuresByAddress.count(network, now: now) }
        if let account { services.limiters.loginFailuresByAccount.count(account, now: now) }
    }

    /// Counts what failed because a token was wrong; for what cannot be `guarded` since it runs without a task.
    func countIfTokenFailure(_ result: Result<Answer, any Error>) {
        guard case .failure(let error) = result, let failure = error as? Failure else { return }
        if failure.code == .invalidToken || failure.code == .expiredToken { countLoginFailure(account: nil) }
    }

    /// Runs what checks a password, token or code, and counts it where it was wrong.
    /// - Throws: RATE_LIMITED before anything is looked at, else what `body` throws.
    func guarded<Value: Sendable>(
        account: String?, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        try checkLoginFailures(account: account)
        do {
            return try await body()
        } catch let failure as Failure {
            switch failure.code {
            case .invalidCredentials, .invalidToken, .expiredToken: countLoginFailure(account: account)
            default: break
            }
            throw failure
        }
    }
}

extension Failure {
    static var invalidCredentials: Failure {
        Failure(.invalidCredentials, words: "The name or the password is wrong.")
    }

    static var invalidToken: Failure {
        Failure(.invalidToken, words: "This token is not valid: mistyped, used already, or revoked.")
    }

    static var expiredToken: Failure {
        Failure(.expiredToken, words: "This token has expired.")
    }
}
