import Commands
import NIOCore

#if canImport(Glibc)
    import Glibc
#endif

/// A range of addresses: `127.0.0.0/8`, `::1`, `2001:db8::/32`.
struct Network: Sendable, Hashable, CustomStringConvertible {
    /// As it was written.
    let description: String
    private let bytes: [UInt8]
    private let bits: Int

    static let loopback: [Network] = ["127.0.0.0/8", "::1"].compactMap { Network($0) }

    /// - Returns: `nil` unless the text is a numeric address, with a prefix length that fits it or none.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first,
            let address = try? SocketAddress(ipAddress: String(first), port: 0),
            let bytes = address.networkBytes
        else { return nil }
        self.bytes = bytes
        description = text
        if parts.count == 2 {
            guard let bits = Int(parts[1]), (0...bytes.count * 8).contains(bits) else { return nil }
            self.bits = bits
        } else {
            self.bits = bytes.count * 8
        }
    }

    /// Whether a host, as it is typed, can only be this machine. A name that only looks like an address of it is none.
    static func isLoopback(host: String) -> Bool {
        guard host != "localhost" else { return true }
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        guard let address = try? SocketAddress(ipAddress: bare, port: 0) else { return false }
        return loopback.contains { $0.contains(address) }
    }

    func contains(_ address: SocketAddress) -> Bool {
        guard let other = address.networkBytes, other.count == bytes.count else { return false }
        let whole = bits / 8
        guard bytes.prefix(whole) == other.prefix(whole) else { return false }
        let rest = bits % 8
        return rest == 0 || (bytes[whole] ^ other[whole]) >> (8 - rest) == 0
    }
}

extension SocketAddress {
    /// 4 or 16 bytes in network order; an IPv4 address inside an IPv6 one is an IPv4 address.
    var networkBytes: [UInt8]? {
        switch self {
        case .v4: return bytes(AF_INET, count: 4)
        case .v6:
            guard let bytes = bytes(AF_INET6, count: 16) else { return nil }
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
            return isMapped ? Array(bytes.suffix(4)) : bytes
        case .unixDomainSocket: return nil
        }
    }

    private func bytes(_ family: CInt, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        guard let ipAddress, inet_pton(family, ipAddress, &bytes) == 1 else { return nil }
        return bytes
    }

    /// What the limits an address count: an IPv4 address, an IPv6 /64, nothing for an exempt one.
    func key(exempt: [Network]) -> AddressKey {
        guard let bytes = networkBytes, !exempt.contains(where: { $0.contains(self) }) else {
            return AddressKey(network: nil)
        }
        if bytes.count == 4 { return AddressKey(network: bytes.map(String.init).joined(separator: ".")) }
        let groups = stride(from: 0, to: 8, by: 2).map {
            String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
        }
        return AddressKey(network: groups.joined(separator: ":") + "::/64")
    }
}
