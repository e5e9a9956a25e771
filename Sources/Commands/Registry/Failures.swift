public import LineProtocol
import Persistence

/// The failures that any command may give, each with its words in one place.
extension Failure {
    public static func needMoreParameters(_ words: String) -> Failure {
        Failure(.needMoreParameters, words: words)
    }

    public static func invalidParameters(_ words: String) -> Failure {
        Failure(.invalidParameters, words: words)
    }

    public static var loginRequired: Failure {
        Failure(.loginRequired, words: "Log in first: LOGIN name password, or RESUME token.")
    }

    public static var alreadyLoggedIn: Failure {
        Failure(
            .alreadyLoggedIn, words: "This connection is logged in already. QUIT and connect again for another account."
        )
    }

    public static var noRoom: Failure {
        Failure(.noRoom, words: "No current room. Name one: #room, or JOIN one first.")
    }

    /// The same words for a room that is not there and for one that strangers may not know of.
    public static func noSuchRoom(typed: String) -> Failure {
        Failure(.noSuchRoom, fields: [typed], words: "There is no such room, or you are not in it.")
    }

    public static func notAMember(of room: String) -> Failure {
        Failure(.notAMember, fields: [room], words: "You are not a member. JOIN \(room) enters it.")
    }

    public static func forbidden(_ words: String) -> Failure {
        Failure(.forbidden, words: words)
    }

    public static func noSuchUser(_ name: String) -> Failure {
        Failure(.noSuchUser, fields: [name], words: "Nobody here goes by that name.")
    }

    /// - Parameter seconds: At least 1.
    public static func rateLimited(seconds: Int64) -> Failure {
        let seconds = max(1, seconds)
        return Failure(
            .rateLimited, fields: [String(seconds)],
            words: "That was often enough. Try again in \(seconds) seconds.")
    }

    public static func quotaExceeded(_ limit: Int, of what: String) -> Failure {
        Failure(.quotaExceeded, fields: [String(limit)], words: "The limit is \(limit) \(what).")
    }

    /// - Parameter bytes: The most that is allowed.
    public static func textTooLong(_ bytes: Int) -> Failure {
        Failure(.textTooLong, fields: [String(bytes)], words: "At most \(bytes) bytes of UTF-8, please.")
    }

    public static var temporarilyUnavailable: Failure {
        Failure(.temporarilyUnavailable, words: "Nothing was done. Try again in a moment.")
    }
}

/// How a command can end badly.
public enum CommandError: Error, Sendable {
    /// One FAIL line; nothing was done.
    case failed(Failure)
    /// Whether it was done is not known: the connection ends with ERROR, as a FAIL might be a lie.
    case outcomeUnknown

    /// The one place where an error of any layer becomes a protocol code.
    ///
    /// Inner errors become one neutral sentence: what a stranger reads holds nothing of the inside.
    public init(_ error: any Error) {
        switch error {
        case let error as CommandError: self = error
        case let failure as Failure: self = .failed(failure)
        case let failure as PlanningFailure: self = .failed(Failure(failure))
        case let failure as AvatarFailure: self = .failed(Failure(failure))
        case StoreFailure.unknownOutcome: self = .outcomeUnknown
        default: self = .failed(.temporarilyUnavailable)
        }
    }
}
