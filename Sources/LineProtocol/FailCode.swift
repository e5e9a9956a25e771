/// The code of a `FAIL` line (protocol, section 12). The raw value is what stands on the wire.
///
/// ```
/// C: @label=7 JOIN #nowhere
/// S: @label=7 FAIL JOIN NO_SUCH_ROOM #nowhere :There is no such room.
/// ```
///
/// A code whose comment names a field always carries it; other codes may carry the name or word that they are
/// about, never a token, a password or a mail address.
public enum FailCode: String, Sendable, CaseIterable {
    // MARK: Lines

    /// More than 8,192 bytes with its ending; the line was dropped up to its end.
    case inputTooLong = "INPUT_TOO_LONG"
    /// Not UTF-8 (RFC 3629).
    case invalidUTF8 = "INVALID_UTF8"
    /// A character that could move a terminal or break a reader's lines.
    case invalidCharacter = "INVALID_CHARACTER"
    /// There is no such verb, or what stands in its place is none by the grammar.
    case unknownCommand = "UNKNOWN_COMMAND"
    /// A parameter that the verb needs is missing or empty.
    case needMoreParameters = "NEED_MORE_PARAMS"
    /// Too many parameters, an unknown option, or a number out of its range.
    case invalidParameters = "INVALID_PARAMS"
    /// Field: the limit of the text in bytes.
    case textTooLong = "TEXT_TOO_LONG"

    // MARK: State

    /// The verb is for people who are logged in.
    case loginRequired = "LOGIN_REQUIRED"
    /// This connection is logged in already.
    case alreadyLoggedIn = "ALREADY_LOGGED_IN"
    /// No room was named, and the connection has no current one.
    case noRoom = "NO_ROOM"
    /// No upload of an avatar is under way.
    case noUpload = "NO_UPLOAD"
    /// Too often. Field: seconds to wait.
    case rateLimited = "RATE_LIMITED"
    /// Too many. Field: the limit.
    case quotaExceeded = "QUOTA_EXCEEDED"
    /// Nothing was done, and the same line may work later.
    case temporarilyUnavailable = "TEMPORARILY_UNAVAILABLE"

    // MARK: People

    /// The name and the password do not belong together.
    case invalidCredentials = "INVALID_CREDENTIALS"
    /// An account has this name.
    case usernameTaken = "USERNAME_TAKEN"
    /// Not formed as usernames are, or reserved.
    case invalidUsername = "INVALID_USERNAME"
    /// No address that the server can write to.
    case invalidEmail = "INVALID_EMAIL"
    /// The password is too short or too long.
    case weakPassword = "WEAK_PASSWORD"
    /// The token is unknown, spent, revoked or meant for another purpose.
    case invalidToken = "INVALID_TOKEN"
    /// The token was good, and its time is over.
    case expiredToken = "EXPIRED_TOKEN"
    /// Nobody of this name is there, or in the room.
    case noSuchUser = "NO_SUCH_USER"
    /// Not the name of a time zone.
    case invalidZone = "INVALID_ZONE"

    // MARK: Rooms

    /// No room of this name, or one that does not show itself.
    case noSuchRoom = "NO_SUCH_ROOM"
    /// A room has this name.
    case roomExists = "ROOM_EXISTS"
    /// The verb is for members of the room.
    case notAMember = "NOT_A_MEMBER"
    /// The person's role, or the way the connection logged in, does not allow it.
    case forbidden = "FORBIDDEN"
    /// A malformed name in CREATE or RENAME; elsewhere that is ``noSuchRoom``.
    case invalidRoom = "INVALID_ROOM"

    // MARK: Planning

    /// Malformed, skipped by its zone, over, or too far ahead.
    case invalidTime = "INVALID_TIME"
    /// Malformed, or out of its range.
    case invalidDuration = "INVALID_DURATION"
    /// Malformed, or out of its range.
    case invalidBudget = "INVALID_BUDGET"
    /// Malformed, or out of its range.
    case invalidDistance = "INVALID_DISTANCE"

    // MARK: Avatars

    /// No image of a kind that is taken, or cut short.
    case unsupportedImage = "UNSUPPORTED_IMAGE"
    /// Field: the limit, in bytes or pixels.
    case imageTooLarge = "IMAGE_TOO_LARGE"
    /// What arrived is not what its digest or its number of bytes says.
    case checksumMismatch = "CHECKSUM_MISMATCH"
}
