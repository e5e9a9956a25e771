import LineProtocol
public import Persistence

/// Does what operators ask. Changes take the same way as those of verbs: listeners, and other daemons, hear of them.
public struct OperatorDesk: Sendable {
    public typealias Output = @Sendable (OperatorOutput) async throws -> Void

    let store: any Store
    let tokens: SignedToken.Signer
    let random: any RandomSource
    let passwords: any PasswordWork
    /// Opened by the commands that need it.
    let blobs: @Sendable () throws -> any BlobStore

    /// Records read at once.
    static let page = 500
    /// Sign-ups that a list shows.
    static let mostSignups = 10_000

    public init(
        store: any Store, tokens: SignedToken.Signer, random: any RandomSource, passwords: any PasswordWork,
        blobs: @escaping @Sendable () throws -> any BlobStore
    ) {
        self.store = store
        self.tokens = tokens
        self.random = random
        self.passwords = passwords
        self.blobs = blobs
    }

    /// - Throws: `OperatorFailure`, and what `output` throws.
    public func run(_ request: OperatorRequest, output: @escaping Output) async throws {
        do {
            switch request {
            case .listUsers: try await listUsers(output)
            case .showUser(let name): try await showUser(name, output)
            case .verifyUser(let name, let email): try await verifyUser(name, email: email, output)
            case .resetUser(let name): try await resetUser(name, output)
            case .deleteUser(let name): try await deleteUser(name, output)
            case .listRooms: try await listRooms(output)
            case .showRoom(let name): try await showRoom(name, output)
            case .deleteRoom(let name): try await deleteRoom(name, output)
            case .backUp(let path): try await backUp(to: path, output)
            }
        } catch let failure as StoreFailure {
            throw OperatorFailure(failure.operatorWords)
        }
    }

    /// Columns with a TAB between them: for eyes, and for `cut -f`.
    static func row(_ columns: [String]) -> OperatorOutput { .line(columns.joined(separator: "\t")) }

    static func field(_ name: String, _ value: String) -> OperatorOutput {
        .line(name + String(repeating: " ", count: max(1, 10 - name.utf8.count)) + value)
    }

    static func time(_ time: Timestamp) -> String { RFC3339.string(milliseconds: time.milliseconds) }
}

extension StoreFailure {
    fileprivate var operatorWords: String {
        switch self {
        case .unavailable(let words), .cannotOpen(let words), .inUse(let words):
            "the database: \(words)"
        case .overloaded, .closed: "the server is too busy, or going away"
        case .unknownOutcome: "whether it was done is not known: look"
        }
    }
}
