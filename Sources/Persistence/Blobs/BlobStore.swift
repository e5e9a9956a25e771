/// Where pictures are kept, by the digest of their bytes.
public protocol BlobStore: Sendable {
    /// Keeps the bytes; to keep what is there already is fine.
    /// - Parameter digest: SHA-256, 64 hexadecimal digits in lower case.
    /// - Throws: `BlobFailure`; then nothing was kept.
    func put(_ bytes: [UInt8], digest: String) async throws
    /// - Returns: `nil` where there is none.
    func get(_ digest: String) async throws -> [UInt8]?
    /// To delete what is not there is fine.
    func delete(_ digest: String) async throws
    /// Ends what waits for something outside of this process, with an error: the daemon has no more time. May be called on
    /// any thread; never waits.
    func giveUp()
}

extension BlobStore {
    public func giveUp() {}
}

public enum BlobFailure: Error, Equatable, Sendable {
    /// It is no digest.
    case invalidDigest
    /// It may work again later. The text is for the log.
    case unavailable(String)
    /// The store answers, and does not do it: only the operator can mend that. The text is the store's own code.
    case refused(String)
}

/// What an operator should hear of a store of pictures that is somewhere else.
public enum BlobNotice: Sendable, Equatable {
    /// Told once, until it answers again. The text is for the log.
    case fails(String)
    case answersAgain
}

/// The digest of a blob: 64 hexadecimal digits in lower case, so that it can be part of a path.
struct BlobDigest {
    let text: String

    init(_ text: String) throws(BlobFailure) {
        let isHex = text.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
        guard text.utf8.count == 64, isHex else { throw .invalidDigest }
        self.text = text
    }
}
