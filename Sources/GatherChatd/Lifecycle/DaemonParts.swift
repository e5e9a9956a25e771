import Commands
import Logging
import NIOCore
import NIOPosix
import Persistence

/// The parts that live as long as the daemon.
struct DaemonParts {
    let lock: DataFolderLock
    let control: ControlSocket
    let group: MultiThreadedEventLoopGroup
    let hub: Hub
    let store: any Store
    let threads: WorkThreads
    let computation: WorkThreads
    let certificate: CertificateBox
    let watch: CertificateWatch
    let transport: any MailTransport
    let mails = MailMeasures()
    let blobs: any BlobStore

    /// Opens everything that the settings name.
    /// - Throws: `StartFailure`.
    static func open(_ settings: Settings, serverName: String, logger: Logger) async throws -> DaemonParts {
        do {
            let lock = try DataFolderLock(folder: settings.data)
            let control = try ControlSocket(folder: settings.data, makes: true)
            let transport = try MailChoice(settings).open(serverName: serverName)
            let blobs = try BlobChoice(settings).open(logger)
            let database = try DatabaseChoice(settings)
            if settings.tlsCertificate == nil { try SelfSigned.ensure(folder: settings.data, serverName: serverName) }
            let files = CertificateFiles(settings)
            let certificate = CertificateBox(try load(files, logger))
            let group = MultiThreadedEventLoopGroup(numberOfThreads: settings.loops ?? System.coreCount)
            let hub = try await Hub(
                loops: Array(group.makeIterator()), serverName: serverName, clock: SystemClock(),
                population: Population(settings.limits))
            let store = try database.open(serverName: serverName, logger: logger) { hub.deliver($0) }
            if let listening = store.listening { hub.share(listening) }
            return DaemonParts(
                lock: lock, control: control, group: group, hub: hub, store: store,
                threads: WorkThreads(threads: System.coreCount, mostWaiting: 256),
                computation: WorkThreads(threads: 1, mostWaiting: 256), certificate: certificate,
                watch: CertificateWatch(box: certificate, files: files, clock: SystemClock(), logger: logger),
                transport: transport, blobs: blobs)
        } catch let failure as StoreFailure {
            throw StartFailure(failure)
        }
    }

    /// One that has expired is taken at the start all the same: nobody would be helped by no server. The watch warns.
    private static func load(_ files: CertificateFiles, _ logger: Logger) throws -> LoadedCertificate {
        let loaded = try files.load()
        logger.notice(
            "certificate",
            metadata: .keyed([
                .path: "\(files.certificate)", .fingerprint: "\(loaded.fingerprint)",
                .days: "\(loaded.daysLeft(at: SystemClock().now()))",
            ]))
        return loaded
    }
}
