import CLibCurl

/// Why a transfer did not reach its end. Nothing of it holds a secret, a URL or somebody's address.
package struct TransferFailure: Error, Sendable, Equatable {
    package enum Reason: String, Sendable {
        case unknownHost = "the host is not known"
        case noConnection = "no connection"
        case timedOut = "it took too long"
        case untrusted = "the server's certificate is not trusted"
        case noSecurity = "TLS failed"
        case securityNotOffered = "STARTTLS is not offered"
        case credentialsRefused = "the credentials are refused"
        case refused = "the server refused"
        case cutOff = "the connection ended"
        case tooLong = "the answer is too long"
        case cancelled = "it was cancelled"
        case overloaded = "too many wait"
        case controlByte = "a control byte where text belongs"
        case other = "libcurl failed"
    }

    package let reason: Reason
    /// libcurl's own number; 0 where it was not asked.
    package let code: Int32
    /// The last status or reply code; 0 where there was none.
    package let reply: Int
    /// How far a mail got.
    package let stage: MailStage

    package init(_ reason: Reason, code: Int32 = 0, reply: Int = 0, stage: MailStage = .greeting) {
        self.reason = reason
        self.code = code
        self.reply = reply
        self.stage = stage
    }

    init(_ code: CURLcode, reply: Int, stage: MailStage) {
        self.init(Self.reason(code), code: Int32(code.rawValue), reply: reply, stage: stage)
    }

    /// For the log.
    package var words: String { code == 0 ? reason.rawValue : "\(reason.rawValue) (libcurl \(code))" }

    private static func reason(_ code: CURLcode) -> Reason {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: .unknownHost
        case CURLE_COULDNT_CONNECT: .noConnection
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_PEER_FAILED_VERIFICATION: .untrusted
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_SHUTDOWN_FAILED:
            .noSecurity
        case CURLE_USE_SSL_FAILED: .securityNotOffered
        case CURLE_LOGIN_DENIED, CURLE_AUTH_ERROR: .credentialsRefused
        case CURLE_REMOTE_ACCESS_DENIED, CURLE_WEIRD_SERVER_REPLY, CURLE_SEND_ERROR: .refused
        case CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: .cutOff
        case CURLE_ABORTED_BY_CALLBACK: .cancelled
        default: .other
        }
    }
}

/// How far a mail got: the last thing that we said. Told by the commands that libcurl sends, of which nothing else is kept.
package enum MailStage: String, Sendable, CaseIterable {
    /// Nothing: connecting, TLS from the first byte, or the server's first line.
    case greeting
    case hello = "EHLO"
    case oldHello = "HELO"
    case startTLS = "STARTTLS"
    case authentication = "AUTH"
    case sender = "MAIL"
    case recipient = "RCPT"
    case data = "DATA"
    /// At least a part of the message was sent; a reply is now one to all of it.
    case message

    private static let commands: [(verb: [UInt8], stage: MailStage)] =
        [.hello, .oldHello, .startTLS, .authentication, .sender, .recipient, .data].map {
            (Array($0.rawValue.utf8), $0)
        }

    /// - Returns: `nil` for a line that begins with no command, as a password in base64.
    init?(command line: some Collection<UInt8>) {
        let verb = line.prefix { $0 != 0x20 && $0 != 0x0D && $0 != 0x0A }
        guard let found = Self.commands.first(where: { verb.elementsEqual($0.verb) }) else { return nil }
        self = found.stage
    }
}
