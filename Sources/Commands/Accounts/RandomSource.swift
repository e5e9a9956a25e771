internal import CLibCrypto

/// Where all randomness of the server comes from, so that a test can give its own.
public protocol RandomSource: Sendable {
    /// - Parameter count: How many bytes; 0 or less gives none.
    /// - Throws: `RandomFailure`, and then nothing that needs secrets may go on.
    func bytes(_ count: Int) throws(RandomFailure) -> [UInt8]
}

/// The generator could not be seeded, or has failed its own tests.
public enum RandomFailure: Error, Equatable {
    case unavailable
}

/// libcrypto's generator, seeded by the kernel: the one that a running server uses.
public struct SystemRandom: RandomSource {
    public init() {}

    public func bytes(_ count: Int) throws(RandomFailure) -> [UInt8] {
        guard count > 0 else { return [] }
        guard let length = Int32(exactly: count) else { throw .unavailable }
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, length) == 1 else { throw .unavailable }
        return bytes
    }
}
