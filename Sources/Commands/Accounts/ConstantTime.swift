internal import CLibCrypto

/// Comparing secrets without telling by the time it takes where they differ.
enum ConstantTime {
    /// Whether the bytes are the same. Only the lengths, which are no secret, show in the time.
    static func equal(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        guard one.count == other.count else { return false }
        return CRYPTO_memcmp(one, other, one.count) == 0
    }
}
