import Dispatch

#if canImport(Glibc)
    import Glibc
#endif

/// Pictures as files of one folder, each there whole or not at all.
public struct FolderBlobStore: BlobStore {
    private let folder: String
    private let queue = DispatchQueue(label: "gather.blobs")

    /// Makes the folder if need be.
    /// - Throws: `BlobFailure.unavailable`.
    public init(folder: String) throws(BlobFailure) {
        self.folder = folder
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw Self.failure("cannot make \(folder)") }
    }

    public func put(_ bytes: [UInt8], digest: String) async throws {
        let digest = try BlobDigest(digest)
        try await onQueue { try write(bytes, digest) }
    }

    public func get(_ digest: String) async throws -> [UInt8]? {
        let digest = try BlobDigest(digest)
        return try await onQueue { try read(path(digest)) }
    }

    public func delete(_ digest: String) async throws {
        let digest = try BlobDigest(digest)
        try await onQueue {
            guard unlink(path(digest)) == 0 || errno == ENOENT else { throw Self.failure("cannot delete a picture") }
        }
    }

    private func path(_ digest: BlobDigest) -> String { "\(folder)/\(digest.text).png" }

    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }

    private func write(_ bytes: [UInt8], _ digest: BlobDigest) throws {
        // Named by its content: what is there is it. Another daemon may write the same one at the same moment.
        guard access(path(digest), F_OK) != 0 else { return }
        do { try DurableFile.write(bytes, to: path(digest)) } catch {
            guard access(path(digest), F_OK) != 0 else { return }
            throw BlobFailure.unavailable("cannot write a picture: \(error)")
        }
    }

    private func read(_ path: String) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure("cannot read a picture")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Self.failure("cannot read a picture") }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    private static func failure(_ what: String) -> BlobFailure {
        .unavailable("\(what): \(String(cString: strerror(errno)))")
    }
}
