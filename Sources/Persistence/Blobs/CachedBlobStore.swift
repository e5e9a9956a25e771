import Synchronization

/// A store of pictures somewhere else, with those that were asked for lately kept in memory: they never change.
///
/// Two generations, each of half the bytes: what is asked for moves to the young one, and when that is full it becomes the
/// old one and what was old is forgotten.
public final class CachedBlobStore: BlobStore {
    private struct Memory {
        var young: [String: [UInt8]] = [:]
        var old: [String: [UInt8]] = [:]
        var youngBytes = 0
    }

    /// What an entry takes besides the picture itself, about.
    private static let overhead = 256

    private let base: any BlobStore
    private let mostBytes: Int
    private let memory = Mutex(Memory())

    /// - Parameter mostBytes: Of all pictures kept.
    public init(_ base: any BlobStore, mostBytes: Int) {
        self.base = base
        self.mostBytes = mostBytes
    }

    public func put(_ bytes: [UInt8], digest: String) async throws {
        try await base.put(bytes, digest: digest)
        memory.withLock { keep(bytes, digest, &$0) }
    }

    public func get(_ digest: String) async throws -> [UInt8]? {
        if let bytes = memory.withLock({ known(digest, &$0) }) { return bytes }
        guard let bytes = try await base.get(digest) else { return nil }
        memory.withLock { keep(bytes, digest, &$0) }
        return bytes
    }

    public func delete(_ digest: String) async throws {
        memory.withLock { forget(digest, &$0) }
        try await base.delete(digest)
    }

    public func giveUp() { base.giveUp() }

    private func known(_ digest: String, _ memory: inout Memory) -> [UInt8]? {
        if let bytes = memory.young[digest] { return bytes }
        guard let bytes = memory.old.removeValue(forKey: digest) else { return nil }
        keep(bytes, digest, &memory)
        return bytes
    }

    private func keep(_ bytes: [UInt8], _ digest: String, _ memory: inout Memory) {
        let size = bytes.count + Self.overhead
        guard size <= mostBytes / 2, memory.young[digest] == nil else { return }
        if memory.youngBytes + size > mostBytes / 2 {
            memory.old = memory.young
            memory.young = [:]
            memory.youngBytes = 0
        }
        memory.old[digest] = nil
        memory.young[digest] = bytes
        memory.youngBytes += size
    }

    private func forget(_ digest: String, _ memory: inout Memory) {
        memory.old[digest] = nil
        if let bytes = memory.young.removeValue(forKey: digest) { memory.youngBytes -= bytes.count + Self.overhead }
    }

    /// Bytes of the pictures kept.
    var keptBytes: Int {
        memory.withLock { memory in [memory.young, memory.old].joined().reduce(0) { $0 + $1.value.count } }
    }
}
