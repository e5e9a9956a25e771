public import LineProtocol
public import Persistence

/// Who may call a command. Checked in one place (`Dispatch`), for every command alike.
public enum Permission: Sendable, Equatable {
    /// Any connection.
    case anybody
    /// A connection that is logged in.
    case user
    /// A connection that logged in with a password or a mailed token, not with an access token.
    case passwordUser
    /// Somebody with at least this role in the room.
    case room(Role)
    /// A member, or somebody invited by name.
    case memberOrInvited
    /// Somebody who may know of the room: a member, somebody invited, or anybody if it is open.
    case roomVisitor
}

/// One parameter of a command, in the order in which it is written.
public enum Parameter: Sendable, Equatable {
    /// A room. Where it may be left out, it is told by its `#`, and the current room stands in.
    case room(required: Bool)
    /// One word without a space.
    case word(String, required: Bool)
    /// `key=word` pairs, in any order, each at most once.
    case options([String])
    /// The rest of the line.
    case text(String, required: Bool)

    /// How HELP and PROTOCOL.md write it.
    var usage: String {
        switch self {
        case .room(let required): required ? "#room" : "[#room]"
        case .word(let name, let required): required ? name : "[\(name)]"
        case .options(let keys): keys.map { "[\($0)=]" }.joined(separator: " ")
        case .text(let name, let required): required ? "<\(name)>" : "[<\(name)>]"
        }
    }
}

/// All that is known of a command without running it. HELP, the parameter and permission checks and the verb
/// table of PROTOCOL.md come from here.
public struct Declaration: Sendable {
    /// Upper case, as it stands in OK and FAIL.
    public let verb: String
    /// The second word of a two-word verb (`TOKEN ISSUE`), upper case.
    public let second: String?
    /// Whether the second word stands in the OK line: `OK TOKEN ISSUE`, but `OK GROUPS`.
    public let answersWithSecond: Bool
    public let parameters: [Parameter]
    public let permission: Permission
    /// The codes that are this command's own: those that any verb may give are not repeated.
    public let codes: [FailCode]
    /// One sentence for people.
    public let help: String
    /// How the parameters are written where `parameters` does not say enough (AVAIL, BUDGET).
    private let usageOfParameters: String?

    public init(
        _ verb: String, _ second: String? = nil, _ parameters: [Parameter] = [], by permission: Permission,
        answersWithSecond: Bool = true, codes: [FailCode] = [], usage: String? = nil, help: String
    ) {
        self.verb = verb
        self.second = second
        self.answersWithSecond = answersWithSecond
        self.parameters = parameters
        self.permission = permission
        self.codes = codes
        self.usageOfParameters = usage
        self.help = help
    }

    /// The words of the verb: `TOKEN ISSUE`.
    public var name: String { second.map { "\(verb) \($0)" } ?? verb }

    /// `KICK [#room] username [<reason>]`.
    public var usage: String {
        let written = usageOfParameters ?? parameters.map(\.usage).joined(separator: " ")
        return written.isEmpty ? name : "\(name) \(written)"
    }
}
