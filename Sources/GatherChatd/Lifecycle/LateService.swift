import ServiceLifecycle
import Synchronization

/// A service that is made when it runs: it needs something that another service finds out (a port).
struct LateService: Service {
    let make: @Sendable () async throws -> any Service

    func run() async throws {
        try await make().run()
    }
}

/// A port that one service learns and others wait for.
actor Bound {
    private var port: Int?
    private var waiting: [CheckedContinuation<Int, Never>] = []

    func set(_ port: Int) {
        self.port = port
        for continuation in waiting { continuation.resume(returning: port) }
        waiting = []
    }

    func wait() async throws -> Int {
        if let port { return port }
        return await withCheckedContinuation { waiting.append($0) }
    }
}
