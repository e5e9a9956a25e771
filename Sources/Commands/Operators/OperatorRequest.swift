/// What an operator asks of a server, running or not.
public enum OperatorRequest: Sendable, Equatable {
    case listUsers
    case showUser(String)
    /// Finishes a sign-up without its mail.
    /// - Parameter email: Which, where several wait under one name.
    case verifyUser(String, email: String?)
    case resetUser(String)
    case deleteUser(String)
    case listRooms
    case showRoom(String)
    case deleteRoom(String)
    /// - Parameter path: Absolute: the one who does it may be at home elsewhere.
    case backUp(path: String)

    /// What a name cannot be: it would not get through, and is nobody's anyway.
    public var isPossible: Bool {
        words.allSatisfy { word in !word.isEmpty && word.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } }
    }

    /// As it goes from one process to the other, a word a line.
    public var words: [String] {
        switch self {
        case .listUsers: ["list-users"]
        case .showUser(let name): ["show-user", name]
        case .verifyUser(let name, let email): ["verify-user", name] + (email.map { [$0] } ?? [])
        case .resetUser(let name): ["reset-user", name]
        case .deleteUser(let name): ["delete-user", name]
        case .listRooms: ["list-rooms"]
        case .showRoom(let name): ["show-room", name]
        case .deleteRoom(let name): ["delete-room", name]
        case .backUp(let path): ["back-up", path]
        }
    }

    public init?(words: [String]) {
        switch (words.first, words.count) {
        case ("list-users", 1): self = .listUsers
        case ("show-user", 2): self = .showUser(words[1])
        case ("verify-user", 2): self = .verifyUser(words[1], email: nil)
        case ("verify-user", 3): self = .verifyUser(words[1], email: words[2])
        case ("reset-user", 2): self = .resetUser(words[1])
        case ("delete-user", 2): self = .deleteUser(words[1])
        case ("list-rooms", 1): self = .listRooms
        case ("show-room", 2): self = .showRoom(words[1])
        case ("delete-room", 2): self = .deleteRoom(words[1])
        case ("back-up", 2): self = .backUp(path: words[1])
        default: return nil
        }
    }
}

/// What comes back while it is done.
public enum OperatorOutput: Sendable, Equatable {
    /// The answer, a line at a time.
    case line(String)
    /// How far it is.
    case progress(String)
}

/// Why nothing was done, in words for the operator.
public struct OperatorFailure: Error, Sendable, Equatable {
    public let words: String

    public init(_ words: String) { self.words = words }
}
