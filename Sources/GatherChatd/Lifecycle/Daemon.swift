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
        let store: SQLiteStore
        let threads: WorkThreads
        let computation: WorkThreads
        let certificate: CertificateBox
    }

    /// Runs until it is asked to stop.
    /// - Throws: `StartFailure`, where it cannot start.
    func run() async throws {
        ProcessLimits.ignoreSignals()
        let descriptors = ProcessLimits.raiseDescriptors()
        let settings = settings.fitting(descriptors: descriptors)
        let serverName = ServerName.full(settings.serverName)
        let parts = try await open(settings, serverName)
        let door = WebDoor(settings: settings, serverName: serverName)
        let bound = Bound()
        let application = door.application(logger: logger) { port in await bound.set(port) }
        let chat = LateService { [logger] in
            let port = try await bound.wait()
            let place = try Self.place(settings, serverName, webPort: port)
            let services = try await Self.services(parts, settings, place)
            door.open(services)
            return Self.chat(parts, settings, services, door, webPort: port, logger)
        }
        let mail = try mailService(parts, settings, serverName)
        let housekeeping = Housekeeping(store: parts.store, limits: settings.limits, clock: SystemClock())
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: housekeeping), .init(service: mail), .init(service: application),
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
            let certificate = try loadCertificate(settings, serverName)
            let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.loops ?? System.coreCount)
            let hub = try await Hub(
                loops: Array(group.makeIterator()), serverName: serverName, clock: SystemClock(),
                population: Population(settings.limits))
            let store = try SQLiteStore(
                path: DatabaseURL.path(settings), clock: SystemClock(),
                onCommit: { hub.deliver($0) },
                onFatal: { [logger] words in
                    // Nothing after this could be trusted; the supervisor starts us again on what is on disk.
                    logger.critical("the database failed", metadata: .keyed([.reason: "\(words)"]))
                    exit(1)
                })
            return Parts(
                lock: lock, group: group, hub: hub, store: store,
                threads: WorkThreads(threads: System.coreCount, mostWaiting: 256),
                computation: WorkThreads(threads: 1, mostWaiting: 256), certificate: certificate)
        } catch StoreFailure.cannotOpen(let words) {
            throw StartFailure.configuration(words)
        }
    }

    private func loadCertificate(_ settings: Settings, _ serverName: String) throws -> CertificateBox {
        if let certificate = settings.tlsCertificate, let key = settings.tlsKey {
            return CertificateBox(try CertificateBox.load(certificate: certificate, key: key))
        }
        let pair = try SelfSigned.ensure(folder: settings.data, serverName: serverName)
        logger.notice(
            "self-signed certificate", metadata: .keyed([.path: "\(pair.certificate)", .fingerprint: "\(pair.fingerprint)"]))
        return CertificateBox(try CertificateBox.load(certificate: pair.certificate, key: pair.key))
    }

    private static func place(_ settings: Settings, _ serverName: String, webPort: Int) throws -> Place {
        let bound = HostPort(host: settings.web.host, port: webPort)
        return Place(serverName: serverName, webURL: settings.webURL ?? "http://\(bound)")
    }

    private func mailService(_ parts: Parts, _ settings: Settings, _ serverName: String) throws -> MailService {
        let url = settings.mail ?? "outbox:\(settings.data)/outbox"
        guard url.hasPrefix("outbox:") else {
            throw StartFailure.configuration("--mail takes outbox:FOLDER")
        }
        guard let sender = EmailAddress(settings.mailFrom ?? "quickgather@\(serverName)") else {
            throw StartFailure.configuration("--mail-from takes a mail address")
        }
        return MailService(
            store: parts.store, transport: try OutboxTransport(folder: String(url.dropFirst("outbox:".count))),
            sender: sender, clock: SystemClock(), logger: logger)
    }

    private static func services(_ parts: Parts, _ settings: Settings, _ place: Place) async throws -> Services {
        let random = SystemRandom()
        let key = try await parts.store.write(origin: nil) { transaction -> [UInt8] in
            if let known = try transaction.setting("token key") { return known }
            let made = try SignedToken.Signer.newKey(from: random)
            try transaction.setSetting("token key", made)
            return made
        }
        guard let signer = SignedToken.Signer(key: key) else {
            throw StartFailure.other("the key that signs tokens is damaged")
        }
        let blobs = settings.blobs ?? "folder:\(settings.data)/avatars"
        guard blobs.hasPrefix("folder:") else { throw StartFailure.configuration("--blobs takes folder:PATH") }
        let folder: FolderBlobStore
        do { folder = try FolderBlobStore(folder: String(blobs.dropFirst("folder:".count))) } catch {
            throw StartFailure.configuration("--blobs \(blobs): the folder cannot be made")
        }
        try await folder.put(DefaultAvatar.png, digest: DefaultAvatar.digest)
        return Services(
            store: parts.store, clock: SystemClock(), random: random,
            passwords: Passwords(hasher: PasswordHasher(random: random), threads: parts.threads), tokens: signer,
            images: ImageWorker(mostPixels: settings.limits.avatarPixels), blobs: folder,
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
            }, stopping: { door.drain() })
    }
}
