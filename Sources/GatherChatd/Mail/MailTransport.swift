/// How a mail leaves the server.
protocol MailTransport: Sendable {
    /// - Parameters:
    ///   - message: By RFC 5322, lines ended by CRLF.
    ///   - identifier: The mail's own; the same for each try.
    /// - Throws: `MailFailure`.
    func send(_ message: [UInt8], identifier: String) async throws
}

/// Why a mail did not leave.
enum MailFailure: Error {
    /// Try again later.
    case temporary(String)
    /// It never will.
    case permanent(String)
}
