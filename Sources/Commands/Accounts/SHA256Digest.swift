internal import CLibCrypto

/// SHA-256 (FIPS 180-4) over bytes that come in pieces, or at once with `of`.
///
/// ```swift
/// var digest = SHA256Digest()
/// digest.update(first)
/// digest.update(second)
/// let hex = SHA256Digest.hex(digest.finish())
/// ```
public struct SHA256Digest: ~Copyable {
    /// Bytes of a digest.
    public static let byteCount = 32

    private let context: OpaquePointer?
    /// libcrypto refuses only for want of memory; then a digest of zeros must not pass for a real one.
    private var isSound: Bool

    public init() {
        context = EVP_MD_CTX_new()
        isSound = context != nil && EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
    }

    deinit { EVP_MD_CTX_free(context) }

    public mutating func update(_ bytes: borrowing [UInt8]) {
        bytes.withUnsafeBytes { update(raw: $0) }
    }

    private mutating func update(raw bytes: UnsafeRawBufferPointer) {
        guard isSound else { return }
        isSound = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1
    }

    /// The digest of all that came: 32 bytes, or none where libcrypto had no memory left, which equals no digest.
    public consuming func finish() -> [UInt8] {
        guard isSound else { return [] }
        var digest = [UInt8](repeating: 0, count: Self.byteCount)
        guard EVP_DigestFinal_ex(context, &digest, nil) == 1 else { return [] }
        return digest
    }

    /// The digest of these bytes, as `finish`.
    public static func of(_ bytes: [UInt8]) -> [UInt8] {
        var digest = SHA256Digest()
        digest.update(bytes)
        return digest.finish()
    }

    /// Bytes in lower-case hexadecimal, two digits each.
    public static func hex(_ bytes: [UInt8]) -> String {
        let digits: [UInt8] = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(2 * bytes.count)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension SHA256Digest {
    /// The digest of these bytes in base64, as HTTP headers carry it.
    public static func base64(_ bytes: [UInt8]) -> String { Base64.encode(of(bytes), .standard) }
}
