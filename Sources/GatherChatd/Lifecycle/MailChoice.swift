import Commands

#if canImport(Glibc)
    import Glibc
#endif

/// The way of mails that `--mail` names.
enum MailChoice {
    case outbox(folder: String)
    case server(MailURL)

    /// - Throws: `StartFailure.configuration`.
    init(_ settings: Settings) throws {
        let url = settings.mailURL
        if url.hasPrefix("outbox:") {
            self = .outbox(folder: try LocalURL.path(url, "outbox", "--mail"))
        } else {
            self = .server(try MailURL(url))
        }
    }

    /// - Throws: `StartFailure.configuration` where a folder cannot be made or a file not be read.
    func open(serverName: String) throws -> any MailTransport {
        switch self {
        case .outbox(let folder): return try OutboxTransport(folder: folder)
        case .server(let url):
            if let authority = url.authority, access(authority, R_OK) != 0 {
                throw StartFailure.configuration("--mail: the file that ca= names cannot be read")
            }
            return SMTPTransport(url, serverName: serverName)
        }
    }

    /// Who mails come from.
    /// - Throws: `StartFailure.configuration`.
    static func sender(_ settings: Settings, serverName: String) throws -> EmailAddress {
        guard let sender = EmailAddress(settings.mailSender(serverName: serverName)) else {
            throw StartFailure.configuration("--mail-from takes a mail address")
        }
        return sender
    }
}
