/// One transfer by libcurl: what, where to, and its bounds.
///
/// Always: one protocol alone, TLS 1.2 or newer with the peer's certificate and name checked, no redirects, five seconds
/// to connect, a connection of its own. Proxies of the environment are not used: passwords, mails and pictures go where
/// the settings say and nowhere else, whatever variables a service was started with.
package struct Transfer: Sendable {
    package enum Scheme: String, Sendable {
        case smtp, smtps, http, https
    }

    package enum Method: String, Sendable {
        case get = "GET"
        case put = "PUT"
        case delete = "DELETE"
    }

    package enum Job: Sendable {
        /// One message to one person; both addresses bare.
        /// - Parameter startsTLS: Over `smtp`, STARTTLS must be offered and work before anything else is said.
        case mail(from: String, to: String, message: [UInt8], startsTLS: Bool)
        /// - Parameters:
        ///   - headers: `Name: value`.
        ///   - body: At most `mostBodyBytes`.
        ///   - signing: `CURLOPT_AWS_SIGV4`: the credentials sign instead of being sent.
        case request(Method, headers: [String], body: [UInt8]?, signing: String?)
    }

    /// A body below this is sent at once; for a larger one libcurl asks first (`Expect`), which servers of S3 differ about.
    package static let mostBodyBytes = 1_048_576

    /// Without credentials.
    package let url: String
    package let scheme: Scheme
    package let job: Job
    package var credentials: Credentials?
    /// The file of the one authority that is trusted; `nil` is what the system trusts.
    package var authority: String?
    /// In all, from when it was asked for.
    package var mostTime: Duration
    /// Ends a transfer that has been slower than this for so many seconds.
    package var slowest: (bytesASecond: Int, seconds: Int)?
    /// Of an answer's body; a longer one is a failure.
    package var mostAnswerBytes = 65_536

    package init(_ url: String, _ scheme: Scheme, _ job: Job, mostTime: Duration) {
        self.url = url
        self.scheme = scheme
        self.job = job
        self.mostTime = mostTime
    }

    /// Who we are to the server.
    package struct Credentials: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
        package let user: String
        package let secret: String

        package init(user: String, secret: String) {
            self.user = user
            self.secret = secret
        }

        /// Nothing, so that none stands in a log line by mistake.
        package var description: String { "Credentials(private)" }
        package var customMirror: Mirror { Mirror(self, children: []) }
    }
}

/// What a server said to a transfer that reached its end; with HTTP that may be a refusal.
package struct TransferAnswer: Sendable, Equatable {
    /// The status of HTTP, or the last reply code of SMTP.
    package let reply: Int
    package let body: [UInt8]

    package init(reply: Int, body: [UInt8]) {
        self.reply = reply
        self.body = body
    }
}
