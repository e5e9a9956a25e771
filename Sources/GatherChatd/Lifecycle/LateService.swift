import ServiceLifecycle

/// A service that is made when it runs: it needs something that another service finds out (a port).
struct LateService: Service {
    let make: @Sendable () async throws -> any Service

    func run() async throws {
        try await make().run()
    }
}

/// A port that one service learns and another waits for.
struct Bound: Sendable {
    private let ports: AsyncStream<Int>
    private let continuation: AsyncStream<Int>.Continuation

    init() { (ports, continuation) = AsyncStream.makeStream() }

    func set(_ port: Int) { continuation.yield(port) }

    /// - Throws: `CancellationError` where the other service failed.
    func wait() async throws -> Int {
        for await port in ports { return port }
        throw CancellationError()
    }
}
