import Foundation
import NIOCore
import Persistence

/// A mail server, as `--mail` names it: `smtp://user:password@host:587`, `smtps://host`, `?ca=FILE`, `?tls=none`.
struct MailURL: Sendable, Equatable {
    enum Security: Sendable, Equatable {
        /// From the first byte on.
        case wrapped
        /// STARTTLS before anything else; without it nothing is sent.
        case startTLS
        /// For this machine only.
        case none
    }

    let security: Security
    /// As in a URL: an IPv6 address in brackets.
    let host: String
    let port: Int
    let credentials: Transfer.Credentials?
    /// The file of the one authority that is trusted; `nil` is what the system trusts.
    let authority: String?

    /// - Throws: `StartFailure.configuration`. It repeats nothing of the URL, which may hold a password anywhere once a
    ///   character of it was not escaped.
    init(_ text: String) throws {
        guard let parts = URLComponents(string: text, encodingInvalidCharacters: false) else {
            throw Self.wrong("the URL cannot be read; special characters in user and password are written as %XX")
        }
        guard let scheme = parts.scheme, ["smtp", "smtps"].contains(scheme) else {
            throw Self.wrong("takes outbox:FOLDER, smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST")
        }
        guard let host = parts.percentEncodedHost, Self.isHost(host) else { throw Self.wrong("the URL names no host") }
        guard ["", "/"].contains(parts.percentEncodedPath), parts.fragment == nil else {
            throw Self.wrong("the URL of a mail server has no path")
        }
        let isWrapped = scheme == "smtps"
        let port = parts.port ?? (isWrapped ? 465 : 587)
        guard (1...65_535).contains(port) else { throw Self.wrong("a port is a number from 1 to 65535") }
        let items = try Self.items(parts)
        if let tls = items["tls"] {
            guard tls == "none", !isWrapped, items["ca"] == nil else {
                throw Self.wrong("tls= takes none, for smtp:// and without ca=")
            }
            guard Network.isLoopback(host: host) else {
                throw Self.wrong("tls=none is for a mail server on this machine: localhost, 127.0.0.1 or [::1]")
            }
        }
        security = isWrapped ? .wrapped : items["tls"] == nil ? .startTLS : .none
        self.host = host
        self.port = port
        credentials = try Self.credentials(parts)
        authority = items["ca"]
    }

    private static func items(_ parts: URLComponents) throws -> [String: String] {
        var items: [String: String] = [:]
        for item in parts.queryItems ?? [] {
            guard ["tls", "ca"].contains(item.name), let value = item.value, !value.isEmpty,
                items.updateValue(value, forKey: item.name) == nil
            else { throw wrong("the URL of a mail server takes ca=FILE and tls=none, each once") }
        }
        return items
    }

    private static func credentials(_ parts: URLComponents) throws -> Transfer.Credentials? {
        guard let user = parts.percentEncodedUser else {
            guard parts.percentEncodedPassword == nil else { throw wrong("user and password go together") }
            return nil
        }
        guard let user = user.removingPercentEncoding, !user.isEmpty,
            let password = parts.percentEncodedPassword?.removingPercentEncoding, !password.isEmpty
        else { throw wrong("user and password go together, special characters written as %XX") }
        guard (user + password).utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw wrong("user and password hold no control characters")
        }
        return Transfer.Credentials(user: user, secret: password)
    }

    private static func isHost(_ text: String) -> Bool {
        let isPlain = text.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || "-._:[]".utf8.contains(byte)
        }
        return !text.isEmpty && isPlain
    }

    private static func wrong(_ words: String) -> StartFailure { .configuration("--mail: \(words)") }
}
