/// A URL for people to see, its passwords masked: `smtp://anna:***@mail.example.org`.
struct MaskedURL: CustomStringConvertible {
    let description: String

    init(_ url: String) {
        // Up to the last @ of all, not to the first slash or question mark: a password may hold one that was not encoded.
        guard let sign = url.lastIndex(of: "@"), let scheme = url.firstIndex(of: ":"), scheme < sign else {
            description = Self.masked(Self.maskedUser(url)[...])
            return
        }
        let server = Self.masked(url[sign...])
        guard url[scheme...].hasPrefix("://") else {
            // Slashes were forgotten: what stands there may be anything.
            description = "\(url[...scheme])***\(server)"
            return
        }
        let user = url[url.index(scheme, offsetBy: 3)..<sign]
        description = user.firstIndex(of: ":").map { "\(url[...$0])***\(server)" } ?? "\(url[..<sign])\(server)"
    }

    /// Without an @, what stands behind a colon is a port; anything else may be a password whose end was lost.
    private static func maskedUser(_ url: String) -> String {
        guard let slashes = url.firstRange(of: "://") else { return url }
        let server = url[slashes.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard !server.hasPrefix("["), let colon = server.firstIndex(of: ":"),
            UInt16(server[server.index(after: colon)...]) == nil
        else { return url }
        return "\(url[...colon])***\(url[server.endIndex...])"
    }

    /// libpq takes passwords among the options as well: `?password=…&sslpassword=…`.
    private static func masked(_ text: Substring) -> String {
        guard let begin = text.firstIndex(of: "?") else {
            // The other form that libpq knows, which we do not take: `host=… password=…`.
            return text.split(separator: " ", omittingEmptySubsequences: false).map(masked(option:)).joined(
                separator: " ")
        }
        let options = text[text.index(after: begin)...].split(separator: "&", omittingEmptySubsequences: false)
        return text[...begin] + options.map(masked(option:)).joined(separator: "&")
    }

    private static func masked(option: Substring) -> String {
        guard let sign = option.firstIndex(of: "=") else { return String(option) }
        let name = option[..<sign].lowercased()
        let isSecret = ["pass", "secret", "token"].contains { name.contains($0) }
        return isSecret ? option[...sign] + "***" : String(option)
    }
}
