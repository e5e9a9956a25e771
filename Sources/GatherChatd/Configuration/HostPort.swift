/// An address to listen on: `127.0.0.1:6697`, `[::]:6697`, `localhost:0`.
struct HostPort: Sendable, Hashable, CustomStringConvertible {
    /// Without the brackets of an IPv6 address.
    let host: String
    /// 0 lets the system choose one.
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// - Returns: `nil` unless the text is a host, a colon and a port from 0 to 65535.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.init(host: String(host), port: Int(port))
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether only this machine can reach it.
    var isLoopback: Bool { Network.isLoopback(host: host) }
}
