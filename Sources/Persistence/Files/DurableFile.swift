#if canImport(Glibc)
    import Glibc
#endif

/// A file that is there whole or not at all, whatever happens meanwhile: pictures, mails of the outbox, keys.
public enum DurableFile {
    /// What the system said, in its words; the file is as it was before.
    public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String

        fileprivate init() { description = String(cString: strerror(errno)) }
    }

    /// Writes aside (`<path>.part`), syncs, renames, and syncs the name as well. Blocks.
    /// - Parameters:
    ///   - path: In a folder that is there; what has this name is replaced.
    ///   - mode: Of the file from its first byte on.
    public static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o600) throws(Failure) {
        let draft = "\(path).part"
        // What an interrupted try left, or a link that somebody laid there, must not lend its mode to a key.
        unlink(draft)
        do throws(Failure) {
            try fill(draft, with: bytes, mode: mode)
            guard rename(draft, path) == 0 else { throw Failure() }
        } catch {
            unlink(draft)
            throw error
        }
        try syncFolder(of: path)
    }

    private static func fill(_ path: String, with bytes: [UInt8], mode: UInt32) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Failure() }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Failure() }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw Failure() }
    }

    static func syncFolder(of path: String) throws(Failure) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Failure() }
    }
}
