import Commands
import Logging
import Persistence
import ServiceLifecycle

/// The ways in beside the chat itself: the web door, the one of those who watch, and the operators' socket. They are there
/// before the store is, and take requests once `open` was called.
struct Doors {
    let services: [any Service]
    private let web: WebDoor
    private let monitoring = Monitoring()
    private let control: ControlService
    private let parts: DaemonParts
    /// Learn their ports: the web door's first.
    private let bound: [Bound]

    init(
        _ settings: Settings, serverName: String, _ parts: DaemonParts, _ descriptors: DescriptorBudget, logger: Logger
    ) {
        self.parts = parts
        web = WebDoor(settings: settings, serverName: serverName)
        control = ControlService(socket: parts.control, group: parts.group, logger: logger)
        let router = WebServer.router()
        web.addRoutes(to: router)
        if settings.metrics == nil { monitoring.addRoutes(to: router) }
        let bound = settings.metrics == nil ? [Bound()] : [Bound(), Bound()]
        self.bound = bound
        // A server takes its routes when it is made.
        var services: [any Service] = [
            control,
            WebServer.application(
                router, at: settings.web, mostConnections: descriptors.web, logger: logger
            ) { bound[0].set($0) },
        ]
        if let address = settings.metrics {
            let watchers = WebServer.router()
            monitoring.addRoutes(to: watchers)
            services.append(
                WebServer.application(
                    watchers, at: address, mostConnections: descriptors.web, logger: logger
                ) { bound[1].set($0) })
        }
        self.services = services
    }

    /// Waits until all of them can be reached.
    /// - Returns: The web door's port.
    /// - Throws: `CancellationError` where one could not be had.
    func wait() async throws -> Int {
        var ports: [Int] = []
        for door in bound { ports.append(try await door.wait()) }
        return ports[0]
    }

    func open(_ services: Services) {
        web.open(services)
        control.open(
            OperatorDesk(
                store: services.store, tokens: services.tokens, random: services.random,
                passwords: services.passwords, blobs: { services.blobs }))
        monitoring.open(
            Metrics(
                hub: parts.hub, store: parts.store, mails: parts.mails, certificate: parts.certificate,
                clock: services.clock))
    }

    func drain() { monitoring.drain() }
}
