import Persistence

/// Why the daemon does not start, in one line for the operator.
enum StartFailure: Error, CustomStringConvertible {
    /// Something that the operator set, or the place it was set to use: exit code 78.
    case configuration(String)
    /// Anything else: exit code 1.
    case other(String)

    /// A store that cannot be opened as it is set, or does not answer.
    init(_ failure: StoreFailure) {
        switch failure {
        case .cannotOpen(let words), .inUse(let words): self = .configuration(words)
        case .unavailable(let words), .unknownOutcome(let words): self = .other(words)
        case .overloaded, .closed: self = .other("the database takes nothing")
        }
    }

    var description: String {
        switch self {
        case .configuration(let words), .other(let words): words
        }
    }

    /// sysexits.h: EX_CONFIG.
    var exitCode: Int32 {
        switch self {
        case .configuration: 78
        case .other: 1
        }
    }
}
