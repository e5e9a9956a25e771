import Foundation
import LineProtocol
import NIOCore
import Persistence
import Testing

@testable import Commands

/// Commands run against a real store, with a clock that the test moves.
final class CommandBench: Sendable {
    let clock = ManualClock(Timestamp(milliseconds: 1_800_000_000_000))
    let services: Services
    private let path = NSTemporaryDirectory() + "gather-\(UUID().uuidString).sqlite"

    /// Work is done where it is asked for.
    struct AtOnce: HeavyWork {
        func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value { try body() }
    }

    struct NoImages: ImageProcessing {
        func avatar(from bytes: [UInt8]) async throws -> [UInt8] { throw Failure.temporarilyUnavailable }
    }

    struct NobodyOnline: Presence {
        func online(in room: RoomID, _ transaction: ReadTransaction) -> Set<AccountID> { [] }
    }

    init(_ limits: Limits = Limits()) throws {
        let store = try SQLiteStore(path: path, clock: clock, onCommit: { _ in }, onFatal: { _ in })
        let cost = try #require(ScryptCost(costExponent: 4, blockSize: 8, parallelism: 1))
        services = Services(
            store: store, clock: clock, random: SystemRandom(),
            passwords: Passwords(hasher: PasswordHasher(cost: cost), threads: AtOnce()),
            tokens: try #require(SignedToken.Signer(key: Array(repeating: 7, count: 32))), images: NoImages(),
            blobs: try FolderBlobStore(folder: path + "-blobs"), presence: NobodyOnline(), computation: AtOnce(),
            limits: limits, registry: .standard, place: Place(serverName: "chat.test", webURL: "http://chat.test"))
    }

    deinit {
        for ending in ["", "-wal", "-shm", "-blobs"] { try? FileManager.default.removeItem(atPath: path + ending) }
    }

    /// Types a line and returns its answer.
    /// - Throws: `Failure`, as the FAIL line would carry it.
    @discardableResult
    func type(_ line: String, as identity: Identity? = nil, from network: String? = nil) async throws -> Answer {
        guard case .request(let request) = Request.parse(ByteBuffer(string: line)) else {
            throw Failure.temporarilyUnavailable
        }
        var reader = ParameterReader(request.parameters)
        let command = try services.registry.find(request.verb, &reader)
        try command.checkCaller(identity)
        let call = Call(
            arguments: try command.declaration.read(reader, currentRoom: nil), declaration: command.declaration,
            identity: identity,
            address: AddressKey(network: network), origin: Origin(connection: 1, loop: 0), currentRoom: nil,
            services: services)
        do {
            return try await withCheckedThrowingContinuation { continuation in
                command.run(call) { continuation.resume(with: $0) }
            }
        } catch {
            guard case .failed(let failure) = CommandError(error) else { throw error }
            throw failure
        }
    }

    /// The code of the FAIL line.
    func code(_ line: String, as identity: Identity? = nil, from network: String? = nil) async -> FailCode? {
        do { try await type(line, as: identity, from: network) } catch { return (error as? Failure)?.code }
        return nil
    }

    /// The newest mail to an address, as its line that begins with this verb.
    func mailed(_ verb: String, to address: String) async throws -> String {
        let mails = try await services.store.read { try $0.dueMails(limit: 100) }
        let body = try #require(mails.last { $0.to == address }?.body)
        return try #require(body.split(separator: "\n").first { $0.hasPrefix(verb + " ") }).description
    }

    func signUp(_ name: String) async throws -> Identity {
        try await type("SIGNUP \(name) \(name)@example.org a long enough password")
        let answer = try await type(try await mailed("VERIFY", to: "\(name)@example.org"))
        return try #require(answer.identity)
    }
}

extension Answer {
    var identity: Identity? {
        for case .loggedIn(let identity) in effects { return identity }
        return nil
    }
}
