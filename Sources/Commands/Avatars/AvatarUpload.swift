/// A picture on its way up, line by line: what a connection knows between `AVATAR PUT` and `AVATAR END`.
///
/// ```
/// C: AVATAR PUT 6          S: OK AVATAR PUT 6 8000
/// C: AVATAR DATA R0lG      S: OK AVATAR DATA 3
/// C: AVATAR DATA ODlh      S: OK AVATAR DATA 6
/// C: AVATAR END            S: OK AVATAR END …
/// ```
/// Any failure ends the upload and frees its bytes; a failure that comes from elsewhere (a parameter that is no
/// number, a rate limit) has to be told with `cancel()`. It makes no picture and stores none: `end` hands out what
/// was sent, whole.
public struct AvatarUpload: Sendable {
    /// Characters of base64 in one DATA line, whole groups of four.
    public static let mostBase64PerLine = 8_000

    private enum State: Sendable {
        case none
        case open(announced: Int, received: [UInt8], isPadded: Bool)
    }

    private let mostBytes: Int
    private var state = State.none

    /// - Parameter mostBytes: Of a picture: the limit `avatar-bytes`.
    public init(mostBytes: Int) { self.mostBytes = mostBytes }

    public var isOpen: Bool {
        if case .open = state { true } else { false }
    }

    /// Begins, or begins again.
    /// - Throws: `.invalidParameters` for no bytes at all, `.imageTooLarge`.
    public mutating func put(bytes: Int) throws(AvatarFailure) {
        state = .none
        guard bytes > 0 else { throw .invalidParameters }
        guard bytes <= mostBytes else { throw .imageTooLarge(mostBytes: mostBytes) }
        state = .open(announced: bytes, received: [], isPadded: false)
    }

    /// Takes the next piece. Where it ends is free, as long as its groups of four are whole.
    /// - Returns: Bytes so far.
    /// - Throws: `.noUpload`; `.invalidParameters` for what is no base64, for a line over 8,000 characters and for
    ///   anything after a padded group; `.imageTooLarge` beyond the limit (`end` compares with what was announced).
    public mutating func data(_ base64: some StringProtocol) throws(AvatarFailure) -> Int {
        guard case .open(let announced, var received, let isPadded) = state else { throw .noUpload }
        // Dropped first: every way out but the last is a failure, and the bytes keep one owner, so none are copied.
        state = .none
        let length = base64.utf8.count
        guard (1...Self.mostBase64PerLine).contains(length), !isPadded,
            let piece = Base64.decode(base64, .standard)
        else { throw .invalidParameters }
        guard piece.count <= mostBytes - received.count else { throw .imageTooLarge(mostBytes: mostBytes) }
        received += piece
        state = .open(
            announced: announced, received: received, isPadded: base64.hasSuffix("="))
        return received.count
    }

    /// Ends the upload, one way or the other.
    /// - Parameter sha256: Of what was sent, in hexadecimal of any case, if the client gave one.
    /// - Returns: The picture as it was sent, of a kind that is taken by its first bytes.
    /// - Throws: `.noUpload`; `.invalidParameters` where the digest is none; `.checksumMismatch` where digest or
    ///   number of bytes are not as said; `.unsupportedImage`.
    public mutating func end(sha256: String?) throws(AvatarFailure) -> [UInt8] {
        guard case .open(let announced, let received, _) = state else { throw .noUpload }
        state = .none
        if let sha256, !Self.isDigest(sha256) { throw .invalidParameters }
        guard received.count == announced else { throw .checksumMismatch }
        if let sha256 {
            let digest = SHA256Digest.hex(SHA256Digest.of(received))
            guard digest == sha256.lowercased() else { throw .checksumMismatch }
        }
        guard ImageKind(magicOf: received) != nil else { throw .unsupportedImage }
        return received
    }

    /// Ends the upload, if there is one.
    public mutating func cancel() { state = .none }

    private static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 2 * SHA256Digest.byteCount
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"):
                    true
                default: false
                }
            }
    }
}
