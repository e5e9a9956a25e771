import Foundation
import Synchronization
import Testing

@testable import Persistence

/// The stores that keep the same promises.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite, postgres

    static let all = allCases
    var testDescription: String { rawValue }
}

/// A store of its own, with a clock that stands still and every batch remembered.
final class TestStore: Sendable {
    let store: any Store
    let clock = ManualClock(Timestamp(milliseconds: 1_800_000_000_000))
    /// The file, or the schema.
    let path: String
    let log: BatchLog

    init(
        _ kind: StoreKind = .sqlite, path: String? = nil, mostWaiting: Int = 65_536,
        onFatal: @escaping @Sendable (String) -> Void = { Issue.record("fatal: \($0)") }
    ) throws {
        log = BatchLog()
        switch kind {
        case .sqlite:
            self.path = path ?? NSTemporaryDirectory() + "gather-\(UUID().uuidString).sqlite"
            store = try SQLiteStore(
                path: self.path, clock: clock, mostWaiting: mostWaiting, onCommit: log.add, onFatal: onFatal)
        case .postgres:
            let schema = try path ?? TestPostgres.makeSchema()
            self.path = schema
            store = try PostgresStore(
                url: try TestPostgres.url(schema: schema), serverName: "chat.test", clock: clock,
                mostWaiting: mostWaiting, onCommit: log.add)
        }
    }

    deinit {
        let store = store
        Task { await store.close() }
        for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + ending) }
    }

    func account(_ name: String) async throws -> AccountReference {
        try await store.write(origin: nil) { transaction in
            try transaction.createAccount(
                username: name, folded: name.lowercased(), email: "\(name)@example.org",
                emailFolded: "\(name.lowercased())@example.org",
                password: "hash", avatarDigest: "digest", avatarBytes: 1
            ).reference
        }
    }

    func room(_ name: String, owner: AccountReference, members: AccountReference...) async throws -> RoomReference {
        try await store.write(origin: nil) { transaction in
            let room = try transaction.createRoom(name: name, folded: name.lowercased(), topic: nil, owner: owner.id)
                .reference
            for member in members { try transaction.addMember(room: room.id, account: member.id) }
            return room
        }
    }

    /// Sends messages and waits for all outcomes.
    func say(
        _ texts: [String], in room: String, as author: AccountReference, once: String? = nil, connection: UInt64 = 1
    ) async throws -> [BatchItem] {
        let before = log.outcomes(of: connection).count
        store.append(contentsOf: texts.map { .test($0, in: room, as: author, once: once, connection: connection) })
        while log.outcomes(of: connection).count < before + texts.count { try await Task.sleep(for: .milliseconds(1)) }
        return Array(log.outcomes(of: connection)[before...])
    }
}

extension MessageDraft {
    static func test(
        _ text: String, in room: String, as author: AccountReference, once: String? = nil, connection: UInt64 = 1
    ) -> MessageDraft {
        MessageDraft(
            room: room, typedRoom: "#" + room, author: author.id, authorName: author.name, text: text, once: once,
            label: nil, origin: Origin(connection: connection, loop: 0))
    }
}

/// Every batch in commit order.
final class BatchLog: Sendable {
    private let items = Mutex<[[BatchItem]]>([])

    func add(_ batch: CommittedBatch) { items.withLock { $0.append(batch.items) } }

    var all: [BatchItem] { items.withLock { $0.flatMap { $0 } } }
    var batches: [[BatchItem]] { items.withLock { $0 } }

    func outcomes(of connection: UInt64) -> [BatchItem] {
        all.filter { item in
            switch item {
            case .message(let message): message.origin.connection == connection
            case .refused(let draft, _): draft.origin.connection == connection
            case .change: false
            }
        }
    }

    var changes: [Change] {
        all.compactMap { if case .change(let change, _) = $0 { change } else { nil } }
    }
}

extension BatchItem {
    var id: Int64? { if case .message(let message) = self { message.id } else { nil } }
    var refusal: MessageRefusal? { if case .refused(_, let refusal) = self { refusal } else { nil } }
}
