/// Subject and body of a mail before it has a sender and a date: what the mail queue keeps.
///
/// Plain ASCII. Lines end with LF and have at most 78 characters, but those that hold a token or a link, which
/// must not be broken.
public struct MailText: Sendable, Equatable {
    public let subject: String
    public let body: String

    fileprivate init(subject: String, paragraphs: [String]) {
        self.subject = subject
        body = paragraphs.joined(separator: "\n\n") + "\n"
    }
}

/// Every mail this server writes, in one place.
public struct MailTexts: Sendable {
    private let serverName: String
    private let webURL: String

    /// - Parameters:
    ///   - serverName: As people know the server, `chat.example.org`.
    ///   - webURL: Of the web door, without a slash at its end.
    public init(serverName: String, webURL: String) {
        self.serverName = serverName
        self.webURL = webURL
    }

    /// After SIGNUP: the token makes the account.
    public func signup(username: String, token: SignedToken) -> MailText {
        MailText(
            subject: "Your QuickGather account \(username)",
            paragraphs: [
                "Hello,",
                "somebody, most likely you, asked for the account\n\(username)\non \(serverName).",
                verification(token),
                Self.goodFor("24 hours"),
                "If it was not you, do nothing: without this line there will be no account.",
            ])
    }

    /// After SIGNUP or SET EMAIL with an address that has an account: the connection was told nothing.
    public func addressInUse(username: String) -> MailText {
        MailText(
            subject: "You have a QuickGather account already",
            paragraphs: [
                "Hello,",
                "somebody, most likely you, entered this address on\n\(serverName).\n"
                    + "It belongs to an account there already, and an address has one:\n\(username)",
                "To log in, type LOGIN, this name and your password. If you forgot the\n"
                    + "password, this line sends you a mail with which you can set a new one:",
                "RESET \(username)",
                "If it was not you, do nothing: nothing was changed, and they were not told.",
            ])
    }

    /// After SET EMAIL, to the new address: the token changes the account's address to it.
    public func addressChange(username: String, token: SignedToken) -> MailText {
        MailText(
            subject: "Your new address for QuickGather",
            paragraphs: [
                "Hello,",
                "somebody, most likely you, gave this address as the new one of the account\n\(username)\n"
                    + "on \(serverName).",
                verification(token),
                Self.goodFor("24 hours"),
                "If it was not you, do nothing: the account then keeps the address it has.",
            ])
    }

    /// To the old address, once the new one is verified. It does not name the new one, which is somebody's too.
    public func addressChanged(username: String) -> MailText {
        MailText(
            subject: "Your QuickGather address was changed",
            paragraphs: [
                "Hello,",
                "the account\n\(username)\non \(serverName)\nnow has another mail address; this one is no longer used.",
                "If it was not you, somebody has your password: ask those who run the server\nfor help.",
            ])
    }

    /// After RESET without a token: the token sets a new password.
    public func reset(username: String, token: SignedToken) -> MailText {
        MailText(
            subject: "A new password for QuickGather",
            paragraphs: [
                "Hello,",
                "somebody, most likely you, asked for a new password for the account\n\(username)\n"
                    + "on \(serverName).",
                "Connect to the server and send this line, with a password of your own, at\n"
                    + "least \(PasswordRule.leastCharacters) characters, in place of the last part:",
                "RESET \(username) \(token.text) <new password>",
                Self.goodFor("1 hour"),
                "If it was not you, do nothing: your password stays as it is.",
            ])
    }

    private func verification(_ token: SignedToken) -> String {
        "Paste this line where you are connected, or open the link under it:\n\n"
            + "VERIFY \(token.text)\n\(webURL)/verify/\(token.text)"
    }

    private static func goodFor(_ time: String) -> String { "It is good once, for \(time)." }
}
