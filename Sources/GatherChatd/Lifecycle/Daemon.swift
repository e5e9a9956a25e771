import Commands
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
        let certificate: CertificateBox
        let reload: CertificateReload
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
        let application = door.application(logger: logger) { port in bound.set(port) }
        let chat = LateService { [logger] in
            let port = try await bound.wait()
            let place = try Self.place(settings, serverName, webPort: port)
            let services = try await Self.services(parts, settings, place, logger)
            door.open(services)
            return Self.chat(parts, settings, services, door, webPort: port, logger)
        }
        let mail = MailService(
            store: parts.store, transport: parts.transport, sender: mailSender, clock: SystemClock(), logger: logger)
        let housekeeping = Housekeeping(store: parts.store, limits: settings.limits, clock: SystemClock())
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: housekeeping), .init(service: mail), .init(service: parts.reload),
                .init(service: application),
                .init(service: chat),
            ], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet)
        configuration.maximumGracefulShutdownDuration = .seconds(9)
        defer { withExtendedLifetime(parts.lock) {} }
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let failure as StartFailure {
            throw failure
        } catch let error as IOError {
            throw StartFailure.other("cannot listen on \(settings.web): \(error.words)")
        }
        await parts.store.close()
        logger.info("stopped")
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
            let certificate = CertificateBox(try CertificateBox.load(certificate: files.certificate, key: files.key))
            let reload = CertificateReload(
                box: certificate, certificate: files.certificate, key: files.key, logger: logger)
            let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.loops ?? System.coreCount)
            let hub = try await Hub(
                loops: Array(group.makeIterator()), serverName: serverName, clock: SystemClock(),
                population: Population(settings.limits))
            let store = try database.open(hub, serverName, logger)
            return Parts(
                lock: lock, group: group, hub: hub, store: store,
                threads: WorkThreads(threads: System.coreCount, mostWaiting: 256),
                computation: WorkThreads(threads: 1, mostWaiting: 256), certificate: certificate,
                reload: reload, transport: transport, blobs: blobs)
        } catch StoreFailure.cannotOpen(let words) {
            throw StartFailure.configuration(words)
        } catch StoreFailure.unavailable(let words) {
            throw StartFailure.other(words)
        }
    }

    /// Where the pair is: as set, or the one made in the data folder.
    private func certificateFiles(_ settings: Settings, _ serverName: String) throws -> (
        certificate: String, key: String
    ) {
        if let certificate = settings.tlsCertificate, let key = settings.tlsKey { return (certificate, key) }
        let pair = try SelfSigned.ensure(folder: settings.data, serverName: serverName)
        logger.notice(
            "self-signed certificate",
            metadata: .keyed([.path: "\(pair.certificate)", .fingerprint: "\(pair.fingerprint)"]))
        return (pair.certificate, pair.key)
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
        _ parts: Parts, _ settings: Settings, _ services: Services, _ door: WebDoor, webPort: Int, _ logger: Logger
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
            },
            stopping: {
                door.drain()
                // The drain is over soon after; whoever still waits for the store then would wait for too long.
                Task {
                    try? await Task.sleep(for: Self.patience)
                    parts.store.giveUp()
                    parts.blobs.giveUp()
                }
            })
    }
}
