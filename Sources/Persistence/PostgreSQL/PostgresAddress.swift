import CLibPQ

/// Where a PostgreSQL is: a libpq URL, with what a server that must not hang adds to it.
struct PostgresAddress: Sendable {
    private var parameters: [String: String]

    /// What is added unless the URL says otherwise (reliability.md, rule 4): a cut network is noticed within seconds, and of
    /// several hosts the one that can be written to is taken.
    private static let additions = [
        "connect_timeout": "5", "keepalives": "1", "keepalives_idle": "10", "keepalives_interval": "5",
        "keepalives_count": "3", "tcp_user_timeout": "5000", "target_session_attrs": "read-write",
        "application_name": "gatherchatd",
    ]

    /// - Throws: `StoreFailure.cannotOpen`, without the URL, which may hold a password.
    init(_ url: String) throws(StoreFailure) {
        guard Self.isUnambiguous(url) else {
            throw .cannotOpen(
                "the PostgreSQL URL: special characters in user, password and options are written as %XX, an @ as %40")
        }
        guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://"), let options = PQconninfoParse(url, nil)
        else { throw .cannotOpen("the PostgreSQL URL cannot be read") }
        defer { PQconninfoFree(options) }
        var parameters = Self.additions
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        parameters["client_encoding"] = "UTF8"
        self.parameters = parameters
    }

    /// libpq would take the rest of a password that holds an @ or a slash for a host or a port, and repeat it when it complains.
    private static func isUnambiguous(_ url: String) -> Bool {
        guard let sign = url.firstIndex(of: "@") else { return true }
        guard let slashes = url.firstRange(of: "://"), url.lastIndex(of: "@") == sign else { return false }
        return !url[slashes.upperBound..<sign].contains { $0 == "/" || $0 == "?" }
    }

    /// The same, for somebody who will try again at once: an attempt that began while nothing got through is not what
    /// everybody waits for when it does.
    var forShortAttempt: PostgresAddress {
        var address = self
        address.parameters["connect_timeout"] = "2"
        return address
    }

    /// Calls with the keywords and values that libpq wants, each list ended by `nil`.
    func withParameters<Result>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Result?
    ) -> Result? {
        let sorted = parameters.sorted { $0.key < $1.key }
        var bytes: [CChar] = []
        var starts: [Int] = []
        for text in sorted.map(\.key) + sorted.map(\.value) {
            starts.append(bytes.count)
            bytes.append(contentsOf: text.utf8.map(CChar.init(bitPattern:)) + [0])
        }
        return bytes.withUnsafeBufferPointer { memory in
            let pointers = starts.map { start in memory.baseAddress.map { $0 + start } }
            return Array(pointers.prefix(sorted.count) + [nil]).withUnsafeBufferPointer { keywords in
                Array(pointers.suffix(sorted.count) + [nil]).withUnsafeBufferPointer { values in
                    guard let keywords = keywords.baseAddress, let values = values.baseAddress else { return nil }
                    return body(keywords, values)
                }
            }
        }
    }
}
