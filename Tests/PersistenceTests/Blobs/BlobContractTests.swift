import Foundation
import Synchronization
import Testing

@testable import Persistence

/// The stores of pictures that keep the same promises; S3 itself is in the end-to-end tests.
enum BlobStoreKind: String, CaseIterable, Sendable {
    case folder
    case cached

    func make(_ folder: String) throws -> any BlobStore {
        let folder = try FolderBlobStore(folder: folder)
        return switch self {
        case .folder: folder
        case .cached: CachedBlobStore(folder, mostBytes: 1 << 20)
        }
    }
}

@Suite("Every store of pictures")
struct BlobContractTests {
    private static let digest = String(repeating: "0a", count: 32)

    private func folder() -> String { NSTemporaryDirectory() + "gather-\(UUID().uuidString)" }

    @Test(arguments: BlobStoreKind.allCases) func whatIsPutIsThereUntilItIsDeleted(kind: BlobStoreKind) async throws {
        let blobs = try kind.make(folder())
        #expect(try await blobs.get(Self.digest) == nil)
        try await blobs.put([1, 2, 3], digest: Self.digest)
        try await blobs.put([1, 2, 3], digest: Self.digest)
        #expect(try await blobs.get(Self.digest) == [1, 2, 3])
        try await blobs.delete(Self.digest)
        try await blobs.delete(Self.digest)
        #expect(try await blobs.get(Self.digest) == nil)
    }

    @Test(arguments: BlobStoreKind.allCases) func nothingButADigestIsAName(kind: BlobStoreKind) async throws {
        let blobs = try kind.make(folder())
        let digest = Self.digest
        for wrong in ["../../etc/passwd", "", digest.replacing("a", with: "A"), digest + "0", "\(digest.dropLast())/"] {
            await #expect(throws: BlobFailure.invalidDigest) { try await blobs.get(wrong) }
            await #expect(throws: BlobFailure.invalidDigest) { try await blobs.put([1], digest: wrong) }
            await #expect(throws: BlobFailure.invalidDigest) { try await blobs.delete(wrong) }
        }
    }

    @Test func aFolderHoldsOneFileAPicture() async throws {
        let folder = folder()
        try await FolderBlobStore(folder: folder).put([1, 2, 3], digest: Self.digest)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["\(Self.digest).png"])
    }
}

@Suite("Pictures kept in memory")
struct CachedBlobStoreTests {
    @Test func whatWasAskedForLatelyIsNotAskedForAgain() async throws {
        let base = CountingBlobs()
        let blobs = CachedBlobStore(base, mostBytes: 10_000)
        try await blobs.put([7], digest: "a")
        #expect(try await blobs.get("a") == [7] && base.gets == 0)
        base.content.withLock { $0["b"] = [8] }
        for _ in 0..<3 { #expect(try await blobs.get("b") == [8]) }
        #expect(base.gets == 1)
        // What is not there may be there the next time.
        for _ in 0..<2 { #expect(try await blobs.get("c") == nil) }
        #expect(base.gets == 3)
    }

    @Test func itsBytesAreBoundedAndTheLongestUnusedGoes() async throws {
        let base = CountingBlobs()
        let blobs = CachedBlobStore(base, mostBytes: 40_000)
        try await blobs.put([UInt8](repeating: 1, count: 1_000), digest: "used")
        for number in 0..<200 {
            try await blobs.put([UInt8](repeating: 2, count: 1_000), digest: "\(number)")
            _ = try await blobs.get("used")
            #expect(blobs.keptBytes <= 40_000)
        }
        #expect(base.gets == 0)
        _ = try await blobs.get("0")
        _ = try await blobs.get("199")
        #expect(base.gets == 1)
        try await blobs.put([UInt8](repeating: 3, count: 30_000), digest: "large")
        _ = try await blobs.get("large")
        #expect(base.gets == 2)
    }

    @Test func whatCouldNotBeKeptIsNotRemembered() async throws {
        let base = CountingBlobs()
        let blobs = CachedBlobStore(base, mostBytes: 10_000)
        base.isBroken.store(true, ordering: .relaxed)
        await #expect(throws: BlobFailure.unavailable("broken")) { try await blobs.put([7], digest: "a") }
        await #expect(throws: BlobFailure.unavailable("broken")) { try await blobs.get("a") }
        base.isBroken.store(false, ordering: .relaxed)
        #expect(try await blobs.get("a") == nil)
    }
}

/// A store that counts what is asked of it.
private final class CountingBlobs: BlobStore {
    let content = Mutex<[String: [UInt8]]>([:])
    let isBroken = Atomic(false)
    private let counted = Atomic(0)

    var gets: Int { counted.load(ordering: .relaxed) }

    private func check() throws {
        if isBroken.load(ordering: .relaxed) { throw BlobFailure.unavailable("broken") }
    }

    func put(_ bytes: [UInt8], digest: String) async throws {
        try check()
        content.withLock { $0[digest] = bytes }
    }

    func get(_ digest: String) async throws -> [UInt8]? {
        try check()
        counted.add(1, ordering: .relaxed)
        return content.withLock { $0[digest] }
    }

    func delete(_ digest: String) async throws { content.withLock { $0[digest] = nil } }
}
