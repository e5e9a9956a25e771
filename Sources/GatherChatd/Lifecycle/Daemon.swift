import Commands
import Foundation
import Logging
import Persistence
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
    import Glibc
#endif

/// The daemon: puts the parts together, starts them in order and stops them in reverse.
struct Daemon {
    let settings: Settings
    let logger: Logger

    /// How long after it was asked to stop the store may take over anything.
    private static let patience = Duration.seconds(4)
    /// How long all of the end may take; then what is left is cancelled, and the store closed.
    private static let endTime = Duration.seconds(6)

    /// Runs until it is asked to stop.
    /// - Throws: `StartFailure`, where it cannot start.
    func run() async throws {
        ProcessLimits.prepare()
        let descriptors = ProcessLimits.raiseDescriptors()
        let settings = settings.fitting(descriptors)
        let serverName = ServerName.full(settings.serverName)
        let sender = try MailChoice.sender(settings, serverName: serverName)
        let parts = try await DaemonParts.open(settings, serverName: serverName, logger: logger)
        defer { withExtendedLifetime(parts.lock) {} }
        let supervisor = ServiceSupervisor(environment: ProcessInfo.processInfo.environment)
        let doors = Doors(settings, serverName: serverName, parts, descriptors, logger: logger)
        let chat = LateService {
            let port = try await doors.wait()
            let web = HostPort(host: settings.web.host, port: port)
            let services = try await self.services(
                parts, Place(serverName: serverName, webURL: settings.webURL ?? "http://\(web)"))
            // Another part may have failed meanwhile.
            try Task.checkCancellation()
            doors.open(services)
            return self.chat(parts, services, doors, web: web, supervisor)
        }
        let mail = MailService(
            store: parts.store, transport: parts.transport, sender: sender, clock: SystemClock(),
            measures: parts.mails, logger: logger)
        let end = EndService(
            begin: {
                supervisor.tell(.stopping)
                doors.drain()
            }, patience: Self.patience,
            giveUp: {
                parts.store.giveUp()
                parts.blobs.giveUp()
                parts.transport.giveUp()
            })
        // They end in reverse: mails under way are given back while the store still takes them.
        let services: [any Service] =
            [
                Housekeeping(store: parts.store, limits: settings.limits, clock: SystemClock()),
                parts.watch, liveness(parts, supervisor),
                StoreWatch(store: parts.store, clock: SystemClock(), logger: logger),
            ] + doors.services + [chat, mail, end]
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = Self.endTime
        try await ServiceGroup(configuration: configuration).run()
        await parts.store.close()
        logger.info("stopped")
    }

    private var quiet: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }

    private func liveness(_ parts: DaemonParts, _ supervisor: ServiceSupervisor) -> LivenessWatch {
        LivenessWatch(
            rounds: LivenessRounds(
                of: parts.hub.seats.enumerated().map { .loop($0, $1.loop) } + [.store(parts.store)], begin: .now,
                logger: logger, isWell: { supervisor.tell(.alive) },
                end: { [logger] name in
                    logger.critical("silent for too long: ending", metadata: .keyed([.subject: "\(name)"]))
                    // No exit handlers: they could wait for whoever hangs.
                    _exit(1)
                }))
    }

    private func services(_ parts: DaemonParts, _ place: Place) async throws -> Services {
        let random = SystemRandom()
        let signer = try await TokenKey.signer(from: parts.store)
        try await BlobChoice.prepare(parts.blobs, logger)
        return Services(
            store: parts.store, clock: SystemClock(), random: random,
            passwords: Passwords(hasher: PasswordHasher(random: random), threads: parts.threads), tokens: signer,
            images: ImageWorker(mostPixels: settings.limits.avatarPixels), blobs: parts.blobs,
            presence: parts.hub.presence, computation: parts.computation, limits: settings.limits,
            registry: .standard, place: place)
    }

    private func chat(
        _ parts: DaemonParts, _ services: Services, _ doors: Doors, web: HostPort, _ supervisor: ServiceSupervisor
    ) -> ChatService {
        let shared = ConnectionContext(services: services, hub: parts.hub, logger: logger)
        return ChatService(
            server: ChatServer(
                group: parts.group, shared: shared, certificate: parts.certificate, exempt: settings.exempt),
            hub: parts.hub, settings: settings, logger: logger,
            ready: { tls, plain in
                let words = tls.map { "tls=\($0)" } + plain.map { "plain=\($0)" } + ["web=\(web)"]
                StandardOutput.print("gatherchatd ready \(words.joined(separator: " "))")
                supervisor.tell(.ready)
            })
    }
}
