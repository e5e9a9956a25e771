import Dispatch
import Foundation
import Persistence
import Testing

@Suite("A backup of the embedded database")
struct BackupTests {
    private let folder = NSTemporaryDirectory() + "gather-\(UUID().uuidString)"

    private func store() throws -> SQLiteStore {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try SQLiteStore(
            path: "\(folder)/gather.sqlite", clock: ManualClock(Timestamp(milliseconds: 1_800_000_000_000)),
            onCommit: { _ in }, onFatal: { _ in })
    }

    private var files: Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasPrefix("copy") }
    }

    @Test func oneIsUnderWayAtATimeAndACancelledOneLeavesNothing() async throws {
        let store = try store()
        let (begun, hold) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let path = "\(folder)/copy.sqlite"
        let first = Task {
            try await store.backUp(to: path) { _, _ in
                begun.signal()
                hold.wait()
            }
        }
        await waitOffThePool(for: begun)
        await #expect(throws: BackupFailure.underWay) { try await store.backUp(to: path) { _, _ in } }
        #expect(try await store.read { try $0.mailQueueLength() } == 0, "nobody else waits for it")
        first.cancel()
        hold.signal()
        await #expect(throws: BackupFailure.failed("the server is going away")) { try await first.value }
        #expect(files.isEmpty)
        try await store.backUp(to: path) { _, _ in }
        #expect(files == ["copy.sqlite"])
        await store.close()
    }

    @Test func whatIsThereStaysAsItIs() async throws {
        let store = try store()
        let path = "\(folder)/copy.sqlite"
        for other in [path, "\(path).part"] { try Data("mine".utf8).write(to: URL(filePath: other)) }
        await #expect(throws: BackupFailure.exists) { try await store.backUp(to: path) { _, _ in } }
        try FileManager.default.removeItem(atPath: path)
        try await store.backUp(to: path) { _, _ in }
        #expect(try String(contentsOfFile: "\(path).part", encoding: .utf8) == "mine")
        await store.close()
    }

    private func waitOffThePool(for semaphore: DispatchSemaphore) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                semaphore.wait()
                continuation.resume()
            }
        }
    }
}
