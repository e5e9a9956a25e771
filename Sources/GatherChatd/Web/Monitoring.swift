import Commands
import Hummingbird
import NIOCore
import Persistence
import Synchronization

/// Whether the server is well, for those who watch it: `/healthz`, `/readyz`, `/metrics`. On the web door, or at an address
/// of its own.
final class Monitoring: Sendable {
    /// Set once the store is open.
    private let metrics = Mutex<Metrics?>(nil)
    private let isDraining = Atomic(false)

    func open(_ metrics: Metrics) { self.metrics.withLock { $0 = metrics } }

    func drain() { isDraining.store(true, ordering: .relaxed) }

    func addRoutes(to router: Router<WebContext>) {
        router.get("healthz") { _, _ in WebServer.text(.ok, "ok\n") }
        router.get("readyz") { [self] _, _ in await readiness() }
        router.get("metrics") { [self] _, _ in await measured() }
    }

    /// The store answers, and the server is not about to end.
    private func readiness() async -> Response {
        guard let metrics = metrics.withLock({ $0 }), !isDraining.load(ordering: .relaxed) else {
            return WebServer.text(.serviceUnavailable, "not ready\n")
        }
        do {
            _ = try await metrics.store.read { try $0.mailQueueLength() }
            return WebServer.text(.ok, "ready\n")
        } catch {
            return WebServer.text(.serviceUnavailable, "the store does not answer\n")
        }
    }

    private func measured() async -> Response {
        guard let metrics = metrics.withLock({ $0 }) else {
            return WebServer.text(.serviceUnavailable, "not ready\n")
        }
        return WebServer.text(.ok, await metrics.text(), type: MetricsText.contentType)
    }
}
