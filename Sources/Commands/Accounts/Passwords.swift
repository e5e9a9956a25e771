/// Password hashing on threads of its own: a hash takes about a tenth of a second of a core and 32 MiB.
public struct Passwords: PasswordWork {
    private let hasher: PasswordHasher
    private let threads: any HeavyWork

    public init(hasher: PasswordHasher, threads: any HeavyWork) {
        self.hasher = hasher
        self.threads = threads
    }

    public func hash(_ password: String) async throws -> String {
        try await threads.run { [hasher] in try hasher.hash(password) }
    }

    public func verify(_ password: String, against hash: String?) async throws -> Bool {
        try await threads.run { [hasher] in try hasher.verify(password, against: hash) }
    }
}
