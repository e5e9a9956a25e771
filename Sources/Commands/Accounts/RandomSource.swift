internal import CLibCrypto
internal import Synchronization

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

/// The same bytes for the same seed, for tests only: whoever knows the seed knows every secret.
///
/// Block *i* of the stream is SHA-256(seed ‖ i), numbers as eight bytes, most significant first.
public final class SeededRandom: RandomSource {
    private struct Stream {
        let seed: UInt64
        var block: UInt64 = 0
        var waiting: ArraySlice<UInt8> = []
    }

    private let stream: Mutex<Stream>

    public init(seed: UInt64) { stream = Mutex(Stream(seed: seed)) }

    public func bytes(_ count: Int) throws(RandomFailure) -> [UInt8] {
        stream.withLock { stream in
            var taken: [UInt8] = []
            while taken.count < count {
                if stream.waiting.isEmpty {
                    stream.waiting = SHA256Digest.of(Self.bigEndian(stream.seed) + Self.bigEndian(stream.block))[...]
                    stream.block &+= 1
                }
                let piece = stream.waiting.prefix(count - taken.count)
                taken += piece
                stream.waiting = stream.waiting.dropFirst(piece.count)
            }
            return taken
        }
    }

    private static func bigEndian(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
    }
}
