internal import CLibCrypto

/// A secret that stands for something in the store: an access token, a refresh token, the token of a mail.
///
/// 14 random bytes and, behind them, the first 16 bytes of HMAC-SHA-256 (RFC 2104) over purpose and random bytes,
/// together in base64url (RFC 4648, section 5): always 40 characters, a word of the protocol. So a token of
/// another purpose, of another server or made up is told without asking the store, and the store, which keeps
/// `storedHash` only, gives no token away.
public struct SignedToken: Sendable, Hashable {
    /// Characters of a token.
    public static let length = 40

    /// What a token is good for. The raw value is signed: it stays as it is for as long as tokens live.
    public enum Purpose: String, Sendable, CaseIterable {
        case access, refresh, signup, email, reset
    }

    /// The secret itself: for the answer or the mail that hands it out, and nothing else.
    public let text: String

    fileprivate init(text: String) { self.text = text }

    /// What the store keeps: SHA-256 of the text, 32 bytes.
    public var storedHash: [UInt8] { SHA256Digest.of(Array(text.utf8)) }
}

extension SignedToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// No secret, so that a token may stand in a log line by mistake.
    public var description: String { "SignedToken(secret)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension SignedToken {
    /// Makes and checks tokens with the key that all daemons of a store share.
    public struct Signer: Sendable {
        /// Bytes of a key that is new.
        public static let keyLength = 32
        private static let identifierLength = 14
        private static let signatureLength = 16
        /// Keeps these signatures apart from any other use of the key.
        private static let context = "quickgather token 1"

        private let key: [UInt8]

        /// - Parameter key: At least 32 bytes; `nil` for fewer.
        public init?(key: [UInt8]) {
            guard key.count >= Self.keyLength else { return nil }
            self.key = key
        }

        /// A key for a new store.
        public static func newKey(from random: some RandomSource) throws(RandomFailure) -> [UInt8] {
            try random.bytes(keyLength)
        }

        public func mint(_ purpose: Purpose, from random: some RandomSource) throws(RandomFailure) -> SignedToken {
            let identifier = try random.bytes(Self.identifierLength)
            guard let signature = signature(of: identifier, for: purpose) else { throw .unavailable }
            return SignedToken(text: Base64.encode(identifier + signature, .url))
        }

        /// The token that was presented, if it was made for this purpose with this key. Whether it is still good
        /// is the store's to say.
        public func verify(_ text: some StringProtocol, for purpose: Purpose) -> SignedToken? {
            guard text.utf8.count == SignedToken.length, let bytes = Base64.decode(text, .url),
                let signature = signature(of: Array(bytes.prefix(Self.identifierLength)), for: purpose),
                ConstantTime.equal(signature, Array(bytes.dropFirst(Self.identifierLength)))
            else { return nil }
            return SignedToken(text: String(text))
        }

        private func signature(of identifier: [UInt8], for purpose: Purpose) -> [UInt8]? {
            // The purpose ends at a zero byte, which no purpose holds.
            let message = Array("\(Self.context) \(purpose.rawValue)\0".utf8) + identifier
            var digest = [UInt8](repeating: 0, count: SHA256Digest.byteCount)
            var length: UInt32 = 0
            guard let keyLength = Int32(exactly: key.count),
                HMAC(EVP_sha256(), key, keyLength, message, message.count, &digest, &length) != nil,
                length == UInt32(SHA256Digest.byteCount)
            else { return nil }
            return Array(digest.prefix(Self.signatureLength))
        }
    }
}

extension SignedToken.Signer: CustomStringConvertible, CustomReflectable {
    public var description: String { "SignedToken.Signer(secret)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
