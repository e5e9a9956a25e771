/// What a new password must be. Old ones are never held against it.
public enum PasswordRule {
    /// Characters, counted as code points (NIST SP 800-63B, section 5.1.1.1).
    public static let leastCharacters = 10
    /// Bytes of UTF-8.
    public static let mostBytes = 256

    public enum Failure: Error, Equatable {
        case tooShort
        case tooLong
    }

    /// - Throws: Why this is none; a command answers WEAK_PASSWORD.
    public static func check(_ password: some StringProtocol) throws(Failure) {
        if password.utf8.count > mostBytes { throw .tooLong }
        if password.unicodeScalars.count < leastCharacters { throw .tooShort }
    }
}
