import Commands
import LineProtocol
import Logging
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import GatherChatd
@testable import Persistence

/// One loop with connections that listen in one room; the test hands it commits and moves its clock.
///
/// Stays on the thread that made it: no `await` after `init`.
final class LoopBench {
    struct Seat {
        let handler: ConnectionHandler
        let channel: EmbeddedChannel

        /// What was flushed to the client since the last look, a string a write.
        func written() throws -> [String] {
            var all: [String] = []
            while let bytes = try channel.readOutbound(as: ByteBuffer.self) { all.append(String(buffer: bytes)) }
            return all
        }

        func type(_ line: String) throws { try channel.writeInbound(ByteBuffer(string: line + "\r\n")) }
    }

    static let room = RoomReference(id: RoomID(rawValue: 1), name: "tea")
    static let other = RoomReference(id: RoomID(rawValue: 2), name: "milk")

    let loop = EmbeddedEventLoop()
    let hub: LoopHub
    private(set) var seats: [Seat] = []
    private let shared: ConnectionContext
    private let inboxes = Inboxes(loops: 1)
    private let inbox: Inbox
    private var nextMessage: Int64 = 1

    static func shared(_ limits: Limits = Limits()) async throws -> ConnectionContext {
        let clock = ManualClock(Timestamp(milliseconds: 1_800_000_000_000))
        let cost = try #require(ScryptCost(costExponent: 4, blockSize: 8, parallelism: 1))
        let hub = try await Hub(
            loops: [EmbeddedEventLoop](), serverName: "chat.test", clock: clock, population: Population(limits))
        let services = Services(
            store: NoStore(), clock: clock, random: SystemRandom(),
            passwords: Passwords(hasher: PasswordHasher(cost: cost), threads: NoWork()),
            tokens: try #require(SignedToken.Signer(key: Array(repeating: 7, count: 32))), images: NoWork(),
            blobs: NoBlobs(), presence: hub.presence, computation: NoWork(), limits: limits, registry: .standard,
            place: Place(serverName: "chat.test", webURL: "http://chat.test"))
        return ConnectionContext(
            services: services, hub: hub, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    init(_ shared: ConnectionContext, listeners: Int) throws {
        self.shared = shared
        inbox = Inbox(loop: 0, of: inboxes)
        hub = LoopHub(index: 0, loop: loop, inbox: inbox)
        for _ in 0..<listeners { try add().handler.listen(in: Self.room, liveAfter: 0, announced: false) }
    }

    /// Channels and handlers hold each other; none of them tells the room any more.
    deinit { for seat in seats { _ = try? seat.channel.finish(acceptAlreadyClosed: true) } }

    /// One more connection that nobody has logged in to.
    func connect() -> Seat {
        let handler = ConnectionHandler(
            id: UInt64(seats.count), hub: hub, shared: shared, address: AddressKey(network: nil), isSecured: false)
        let seat = Seat(handler: handler, channel: EmbeddedChannel(handler: handler, loop: loop))
        seats.append(seat)
        return seat
    }

    /// One more connection, logged in as a person of its own unless another is named.
    func add(account: Int64? = nil) throws -> Seat {
        let number = seats.count
        let seat = connect()
        let identity = Identity(
            account: AccountID(rawValue: account ?? Int64(number)), username: try #require(Username("p\(number)")),
            hasPassword: true, family: nil)
        seat.handler.state.loggedIn(identity)
        hub.loggedIn(seat.handler, account: identity.account)
        return seat
    }

    /// Somebody's connection elsewhere begins to listen: one commit, one turn of the loop.
    func join(_ account: Int64, in room: RoomReference = room) {
        commit([.change(.listens(room, .init(id: .init(rawValue: account), name: "n\(account)")), origin: nil)])
    }

    func message(_ text: String) {
        let message = CommittedMessage(
            MessageDraft(
                room: Self.room.name, typedRoom: "#tea", author: AccountID(rawValue: 900), authorName: "eve",
                text: text, once: nil, label: nil, origin: Origin(connection: 900, loop: 1)),
            room: Self.room, id: nextMessage, time: 0)
        nextMessage += 1
        commit([.message(message)])
    }

    func commit(_ items: [BatchItem]) {
        put(items)
        hub.deliverInbox()
    }

    /// Into the inbox only.
    func put(_ items: [BatchItem]) {
        _ = inboxes.add(
            Delivery(CommittedBatch(items: items), serverName: "chat.test", now: Timestamp(milliseconds: 0)), [inbox])
    }

    func pass(milliseconds: Int64) { loop.advanceTime(by: .milliseconds(milliseconds)) }

    /// After this joins wait: one was told, and read.
    func stir() throws {
        join(999)
        for seat in seats { _ = try seat.written() }
    }
}

/// What no test of a loop comes to.
private struct NoWork: HeavyWork, ImageProcessing {
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value { try body() }
    func avatar(from bytes: [UInt8]) async throws -> [UInt8] { throw Failure.temporarilyUnavailable }
}

private struct NoBlobs: BlobStore {
    func put(_ bytes: [UInt8], digest: String) async throws { throw StoreFailure.closed }
    func get(_ digest: String) async throws -> [UInt8]? { nil }
    func delete(_ digest: String) async throws {}
}

private final class NoStore: Store {
    let measures = StoreMeasures()
    let listening: (any SharedListening)? = nil
    let queueDepth = 0
    let logBytes: Int? = nil

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (ReadTransaction) throws -> Value,
        then answer: @escaping @Sendable (Result<Value, any Error>) -> Void
    ) { answer(.failure(StoreFailure.closed)) }
    func write<Value: Sendable>(
        origin: Origin?, _ body: @escaping @Sendable (WriteTransaction) throws -> Value
    ) async throws -> Value { throw StoreFailure.closed }
    func append(contentsOf drafts: [MessageDraft]) {}
    func follow(_ room: RoomReference, after newest: Int64) {}
    func unfollow(_ room: RoomID) {}
    func backUp(to path: String, progress: @escaping @Sendable (_ pages: Int, _ total: Int) -> Void) async throws {}
    func ping(_ answer: @escaping @Sendable () -> Void) { answer() }
    func giveUp() {}
    func close() async {}
}
