import Foundation

/// Where in S3, or in a store that speaks as S3 does, pictures are:
/// `s3://bucket/prefix?region=…&endpoint=…&path-style=…&ca=FILE`.
///
/// Bucket, prefix and region hold only characters that no part of a request has to encode: libcurl 7.88 signs the path as it
/// stands.
public struct S3Location: Sendable, Equatable {
    /// What the operator reads behind the name of the setting.
    public struct Mistake: Error, Equatable, Sendable {
        public let words: String
    }

    public let region: String
    /// The file of the one authority that is trusted; `nil` is what the system trusts.
    public let authority: String?
    let isSecured: Bool
    /// What the name of an object is put behind, with a slash at its end.
    let base: String

    /// - Parameter defaultRegion: `AWS_REGION`, where it is set.
    /// - Throws: `Mistake`. It repeats nothing of the URL: keys may have been written into it.
    public init(_ url: String, defaultRegion: String? = nil) throws(Mistake) {
        guard let parts = URLComponents(string: url), parts.scheme == "s3",
            let bucket = parts.host, parts.port == nil, parts.fragment == nil
        else { throw Mistake(words: "takes s3://BUCKET/PREFIX?region=…") }
        guard parts.user == nil, parts.password == nil else {
            throw Mistake(words: "takes no keys: they are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        guard Self.isBucket(bucket) else {
            throw Mistake(words: "a bucket has 3 to 63 lower-case letters, digits, dots and dashes")
        }
        let items = try Self.items(parts)
        let region = items["region"] ?? defaultRegion ?? "us-east-1"
        guard Self.isMade(region, of: "-"), region.utf8.count <= 64 else {
            throw Mistake(words: "region= takes the name of a region, as eu-central-1")
        }
        let endpoint = try Endpoint(items["endpoint"] ?? "https://s3.\(region).amazonaws.com")
        let isPathStyle = try Self.isPathStyle(items, bucket)
        self.region = region
        authority = items["ca"]
        isSecured = endpoint.scheme == .https
        let place =
            isPathStyle
            ? "\(endpoint.scheme)://\(endpoint.authority)/\(bucket)/"
            : "\(endpoint.scheme)://\(bucket).\(endpoint.authority)/"
        base = place + (try Self.prefix(parts.percentEncodedPath))
    }

    func url(_ digest: BlobDigest) -> String { "\(base)\(digest.text).png" }

    private static func items(_ parts: URLComponents) throws(Mistake) -> [String: String] {
        var items: [String: String] = [:]
        for item in parts.queryItems ?? [] {
            guard ["region", "endpoint", "path-style", "ca"].contains(item.name), let value = item.value,
                !value.isEmpty,
                items.updateValue(value, forKey: item.name) == nil
            else { throw Mistake(words: "takes region=, endpoint=, path-style= and ca=, each once") }
        }
        return items
    }

    /// In the name of the host where AWS itself is meant: but no certificate of it fits a bucket with a dot.
    private static func isPathStyle(_ items: [String: String], _ bucket: String) throws(Mistake) -> Bool {
        switch items["path-style"] {
        case "true": true
        case "false": false
        case nil: items["endpoint"] != nil || bucket.contains(".")
        default: throw Mistake(words: "path-style= takes true or false")
        }
    }

    private static func prefix(_ path: String) throws(Mistake) -> String {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let named = segments.last?.isEmpty == true ? segments.dropLast() : segments
        let isPlain = named.allSatisfy { isMade(String($0), of: "-_.") && $0 != "." && $0 != ".." }
        guard isPlain else { throw Mistake(words: "a prefix has letters, digits, dots, dashes, _ and single slashes") }
        return named.map { "\($0)/" }.joined()
    }

    private static func isBucket(_ text: String) -> Bool {
        (3...63).contains(text.utf8.count) && isMade(text, of: "-.") && text == text.lowercased()
            && !text.contains("..")
            && text.first.map { $0 != "-" && $0 != "." } == true && text.last.map { $0 != "-" && $0 != "." } == true
    }

    /// At least one letter, digit or one of the signs, and nothing else.
    fileprivate static func isMade(_ text: String, of signs: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || signs.utf8.contains(byte)
            }
    }
}

/// The server: `https://host:port`.
private struct Endpoint {
    let scheme: Transfer.Scheme
    /// Host and port, as in a URL.
    let authority: String

    init(_ text: String) throws(S3Location.Mistake) {
        guard let parts = URLComponents(string: text, encodingInvalidCharacters: false),
            let name = parts.scheme, let scheme = Transfer.Scheme(rawValue: name), scheme == .https || scheme == .http,
            let host = parts.percentEncodedHost, S3Location.isMade(host, of: "-._:[]"),
            ["", "/"].contains(parts.percentEncodedPath), parts.query == nil, parts.fragment == nil, parts.user == nil,
            parts.password == nil, parts.port.map((1...65_535).contains) ?? true
        else { throw S3Location.Mistake(words: "endpoint= takes https://HOST:PORT (or http://)") }
        self.scheme = scheme
        authority = host + (parts.port.map { ":\($0)" } ?? "")
    }
}
