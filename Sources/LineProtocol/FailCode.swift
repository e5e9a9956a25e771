/// The codes of FAIL lines (protocol.md, section 12). Raw values are what is written.
public enum FailCode: String, Sendable, CaseIterable {
    // Lines
    case inputTooLong = "INPUT_TOO_LONG"
    case invalidUTF8 = "INVALID_UTF8"
    case invalidCharacter = "INVALID_CHARACTER"
    case unknownCommand = "UNKNOWN_COMMAND"
    case needMoreParameters = "NEED_MORE_PARAMS"
    case invalidParameters = "INVALID_PARAMS"
    case textTooLong = "TEXT_TOO_LONG"
    // State
    case loginRequired = "LOGIN_REQUIRED"
    case alreadyLoggedIn = "ALREADY_LOGGED_IN"
    case noRoom = "NO_ROOM"
    case noUpload = "NO_UPLOAD"
    case rateLimited = "RATE_LIMITED"
    case quotaExceeded = "QUOTA_EXCEEDED"
    case temporarilyUnavailable = "TEMPORARILY_UNAVAILABLE"
    // People
    case invalidCredentials = "INVALID_CREDENTIALS"
    case usernameTaken = "USERNAME_TAKEN"
    case invalidUsername = "INVALID_USERNAME"
    case invalidEmail = "INVALID_EMAIL"
    case weakPassword = "WEAK_PASSWORD"
    case invalidToken = "INVALID_TOKEN"
    case expiredToken = "EXPIRED_TOKEN"
    case noSuchUser = "NO_SUCH_USER"
    case invalidZone = "INVALID_ZONE"
    // Rooms
    case noSuchRoom = "NO_SUCH_ROOM"
    case roomExists = "ROOM_EXISTS"
    case notAMember = "NOT_A_MEMBER"
    case forbidden = "FORBIDDEN"
    case invalidRoom = "INVALID_ROOM"
    // Planning
    case invalidTime = "INVALID_TIME"
    case invalidDuration = "INVALID_DURATION"
    case invalidBudget = "INVALID_BUDGET"
    case invalidDistance = "INVALID_DISTANCE"
    // Avatars
    case unsupportedImage = "UNSUPPORTED_IMAGE"
    case imageTooLarge = "IMAGE_TOO_LARGE"
    case checksumMismatch = "CHECKSUM_MISMATCH"
}

/// Why a line was refused: exactly one FAIL line, and nothing of the line was done.
public struct Failure: Error, Sendable, Equatable {
    public let code: FailCode
    /// What programs read after the code: a limit, a number of seconds, a name; never a secret.
    public let fields: [String]
    /// One or two sentences for people.
    public let words: String

    public init(_ code: FailCode, fields: [String] = [], words: String) {
        self.code = code
        self.fields = fields
        self.words = words
    }
}
