import Commands
import Foundation
import Logging
import NIOCore
import NIOPosix
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

    /// The parts that live as long as the daemon.
    private struct Parts {
        let lock: DataFolderLock
        let group: MultiThreadedEventLoopGroup
        let hub: Hub
        let store: any Store
        let threads: WorkThreads
        let computation: WorkThreads
        let mails = MailMeasures()
        let certificate: CertificateBox
        let watch: CertificateWatch
        let transport: any MailTransport
        let blobs: any BlobStore
    }

    /// How long after it was asked to stop the store may take over anything.
    private static let patience = Duration.seconds(6)

    /// Runs until it is asked to stop.
    /// - Throws: `StartFailure`, where it cannot start.
    func run() async throws {
        ProcessLimits.ignoreSignals()
        let descriptors = ProcessLimits.raiseDescriptors()
        let settings = settings.fitting(descriptors: descriptors)
        let serverName = ServerName.full(settings.serverName)
        let mailSender = try Self.mailSender(settings, serverName)
        let parts = try await open(settings, serverName)
        let door = WebDoor(settings: settings, serverName: serverName)
        let bound = Bound()
        let monitoring = Monitoring()
        let supervisor = ServiceSupervisor(environment: ProcessInfo.processInfo.environment)
        let chat = LateService { [logger] in
            let port = try await bound.wait()
            let place = try Self.place(settings, serverName, webPort: port)
            let services = try await Self.services(parts, settings, place, logger)
            door.open(services)
            monitoring.open(
                Metrics(
                    hub: parts.hub, store: parts.store, mails: parts.mails, certificate: parts.certificate,
                    clock: SystemClock()))
            return Self.chat(
                parts, settings, services, webPort: port, logger,
                ready: { supervisor.tell(.ready) },
                stopping: {
                    supervisor.tell(.stopping)
                    monitoring.drain()
                })
        }
        let mail = MailService(
            store: parts.store, transport: parts.transport, sender: mailSender, clock: SystemClock(),
            measures: parts.mails, logger: logger)
        let housekeeping = Housekeeping(store: parts.store, limits: settings.limits, clock: SystemClock())
        var configuration = ServiceGroupConfiguration(
            services: ([housekeeping, mail, parts.watch, liveness(parts, supervisor)] + doors(door, monitoring, bound)
                + [chat])
                .map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = .seconds(9)
        defer { withExtendedLifetime(parts.lock) {} }
        try await ServiceGroup(configuration: configuration).run()
        await parts.store.close()
        logger.info("stopped")
    }

    /// The web door, and the one of those who watch, if it has an address of its own.
    private func doors(_ door: WebDoor, _ monitoring: Monitoring, _ bound: Bound) -> [any Service] {
        let router = WebServer.router()
        door.addRoutes(to: router)
        if settings.metrics == nil { monitoring.addRoutes(to: router) }
        let web = WebServer.application(router, at: settings.web, logger: logger) { bound.set($0) }
        guard let address = settings.metrics else { return [web] }
        let watchers = WebServer.router()
        monitoring.addRoutes(to: watchers)
        return [web, WebServer.application(watchers, at: address, logger: logger)]
    }

    private func liveness(_ parts: Parts, _ supervisor: ServiceSupervisor) -> LivenessWatch {
        LivenessWatch(
            subjects: parts.hub.seats.enumerated().map { .loop($0, $1.loop) } + [.store(parts.store)], logger: logger,
            isWell: { supervisor.tell(.alive) },
            end: { [logger] name in
                logger.critical("silent for too long: ending", metadata: .keyed([.subject: "\(name)"]))
                exit(1)
            })
    }

    private var quiet: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }

    private func open(_ settings: Settings, _ serverName: String) async throws -> Parts {
        do {
            let lock = try DataFolderLock(folder: settings.data)
            let transport = try MailChoice(settings).open(serverName: serverName)
            let blobs = try BlobChoice(settings).open(logger)
            let database = try DatabaseChoice(settings)
            let files = try certificateFiles(settings, serverName)
            let certificate = CertificateBox(try load(files))
            let watch = CertificateWatch(box: certificate, files: files, clock: SystemClock(), logger: logger)
            let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.loops ?? System.coreCount)
            let hub = try await Hub(
                loops: Array(group.makeIterator()), serverName: serverName, clock: SystemClock(),
                population: Population(settings.limits))
            let store = try database.open(hub, serverName, logger)
            return Parts(
                lock: lock, group: group, hub: hub, store: store,
                threads: WorkThreads(threads: System.coreCount, mostWaiting: 256),
                computation: WorkThreads(threads: 1, mostWaiting: 256), certificate: certificate,
                watch: watch, transport: transport, blobs: blobs)
        } catch StoreFailure.cannotOpen(let words) {
            throw StartFailure.configuration(words)
        } catch StoreFailure.unavailable(let words) {
            throw StartFailure.other(words)
        }
    }

    /// Where the pair is: as set, or the one made in the data folder.
    private func certificateFiles(_ settings: Settings, _ serverName: String) throws -> CertificateFiles {
        if let certificate = settings.tlsCertificate, let key = settings.tlsKey {
            return CertificateFiles(certificate: certificate, key: key)
        }
        return try SelfSigned.ensure(folder: settings.data, serverName: serverName)
    }

    /// One that has expired is taken at the start all the same: nobody would be helped by no server. The watch warns.
    private func load(_ files: CertificateFiles) throws -> LoadedCertificate {
        let loaded = try files.load()
        logger.notice(
            "certificate",
            metadata: .keyed([
                .path: "\(files.certificate)", .fingerprint: "\(loaded.fingerprint)",
                .days: "\(loaded.daysLeft(at: SystemClock().now()))",
            ]))
        return loaded
    }

    private static func place(_ settings: Settings, _ serverName: String, webPort: Int) throws -> Place {
        let bound = HostPort(host: settings.web.host, port: webPort)
        return Place(serverName: serverName, webURL: settings.webURL ?? "http://\(bound)")
    }

    private static func mailSender(_ settings: Settings, _ serverName: String) throws -> EmailAddress {
        guard let sender = EmailAddress(settings.mailFrom ?? "quickgather@\(serverName)") else {
            throw StartFailure.configuration("--mail-from takes a mail address")
        }
        return sender
    }

    private static func services(
        _ parts: Parts, _ settings: Settings, _ place: Place, _ logger: Logger
    ) async throws -> Services {
        let random = SystemRandom()
        let made = try SignedToken.Signer.newKey(from: random)
        let key = try await parts.store.write(origin: nil) { try $0.firstSetting("token key", made) }
        guard let signer = SignedToken.Signer(key: key) else {
            throw StartFailure.other("the key that signs tokens is damaged")
        }
        try await BlobChoice.prepare(parts.blobs, logger)
        return Services(
            store: parts.store, clock: SystemClock(), random: random,
            passwords: Passwords(hasher: PasswordHasher(random: random), threads: parts.threads), tokens: signer,
            images: ImageWorker(mostPixels: settings.limits.avatarPixels), blobs: parts.blobs,
            presence: parts.hub.presence, computation: parts.computation, limits: settings.limits,
            registry: .standard, place: place)
    }

    private static func chat(
        _ parts: Parts, _ settings: Settings, _ services: Services, webPort: Int, _ logger: Logger,
        ready: @escaping @Sendable () -> Void, stopping: @escaping @Sendable () -> Void
    ) -> ChatService {
        let shared = ConnectionContext(services: services, hub: parts.hub, logger: logger)
        let web = HostPort(host: settings.web.host, port: webPort)
        return ChatService(
            server: ChatServer(
                group: parts.group, shared: shared, certificate: parts.certificate, exempt: settings.exempt),
            hub: parts.hub, settings: settings, logger: logger,
            ready: { tls, plain in
                let words = tls.map { "tls=\($0)" } + plain.map { "plain=\($0)" } + ["web=\(web)"]
                StandardOutput.print("gatherchatd ready \(words.joined(separator: " "))")
                ready()
            },
            stopping: {
                stopping()
                // The drain is over soon after; whoever still waits for the store then would wait for too long.
                Task {
                    try? await Task.sleep(for: Self.patience)
                    parts.store.giveUp()
                    parts.blobs.giveUp()
                }
            })
    }
}
