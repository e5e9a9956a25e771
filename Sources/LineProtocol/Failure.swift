/// Why a line was refused: exactly one FAIL line, and nothing of the line was done.
///
/// All of it goes to the client, so fields and words hold no token, password or mail address; printing a
/// failure is safe for the same reason.
public struct Failure: Error, Sendable, Equatable {
    /// What went wrong, for programs.
    public let code: FailCode
    /// What programs read after the code: a limit, a number of seconds, a name; unescaped, never a secret.
    public let fields: [String]
    /// What went wrong and what to do, for people: one or two English sentences.
    public let words: String

    /// A failure of `code` with the fields that this code always carries, or the name it is about.
    public init(_ code: FailCode, fields: [String] = [], words: String) {
        self.code = code
        self.fields = fields
        self.words = words
    }
}
