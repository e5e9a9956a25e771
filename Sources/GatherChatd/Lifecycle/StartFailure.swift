/// Why the daemon does not start, in one line for the operator.
enum StartFailure: Error, CustomStringConvertible {
    /// Something that the operator set, or the place it was set to use: exit code 78.
    case configuration(String)
    /// Anything else: exit code 1.
    case other(String)

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
