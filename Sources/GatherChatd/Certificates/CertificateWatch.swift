import Commands
import Logging
import Persistence
import ServiceLifecycle
import UnixSignals

/// Takes up a renewed certificate, on SIGHUP or when its files have changed, and warns before it expires. The new pair
/// is checked first; if there is anything wrong with it, the old one stays. Open connections notice nothing.
actor CertificateWatch: Service {
    private let box: CertificateBox
    private let files: CertificateFiles
    private let clock: any WallClock
    private let logger: Logger
    /// The state of the files that was last taken up or refused.
    private var known: CertificateFiles.Stamp
    /// The state of the files at the last look.
    private var seen: CertificateFiles.Stamp
    private var warned: Timestamp?
    /// When a pair that was refused is tried again, though its files are the same: it may not have been valid yet.
    private var retryAt: ContinuousClock.Instant?
    private var refusal: String?

    /// How often the files are looked at. They are read when two looks have found the same: certificate and key are not
    /// written in one step.
    static let pause = Duration.seconds(2)
    private static let retryPause = Duration.seconds(60)
    /// Days before the end from which on it is told, once a day.
    static let warningDays = 14
    private static let day: Int64 = 86_400_000

    init(box: CertificateBox, files: CertificateFiles, clock: any WallClock, logger: Logger) {
        self.box = box
        self.files = files
        self.clock = clock
        self.logger = logger
        known = files.stamp
        seen = known
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    for await _ in await UnixSignalsSequence(trapping: .sighup) { await self.reload() }
                }
                group.addTask {
                    while !Task.isCancelled {
                        await self.look()
                        try? await Task.sleep(for: Self.pause)
                    }
                }
            }
        }
    }

    private func look() {
        let stamp = files.stamp
        if stamp != known && stamp == seen {
            reload()
        } else if let retryAt, ContinuousClock.now >= retryAt {
            reload(isRetry: true)
        }
        seen = stamp
        warn()
    }

    /// - Parameter isRetry: The same refusal is not told again.
    private func reload(isRetry: Bool = false) {
        known = files.stamp
        retryAt = nil
        do {
            let new = try files.load()
            switch new.validity(at: clock.now()) {
            case .good: break
            case .notYet: throw StartFailure.configuration("\(files.certificate): it is not valid yet")
            case .expired: throw StartFailure.configuration("\(files.certificate): it has expired")
            }
            box.replace(with: new)
            (warned, refusal) = (nil, nil)
            logger.notice(
                "certificate reloaded",
                metadata: .keyed([
                    .path: "\(files.certificate)", .fingerprint: "\(new.fingerprint)",
                    .days: "\(new.daysLeft(at: clock.now()))",
                ]))
        } catch {
            retryAt = .now + Self.retryPause
            defer { refusal = "\(error)" }
            if isRetry && refusal == "\(error)" { return }
            logger.error("certificate not reloaded, the old one stays", metadata: .keyed([.reason: "\(error)"]))
        }
    }

    private func warn() {
        let (now, days) = (clock.now(), box.current.daysLeft(at: clock.now()))
        guard days < Self.warningDays else { return }
        if let warned, now.milliseconds - warned.milliseconds < Self.day, now >= warned { return }
        warned = now
        logger.warning(
            days < 0 ? "the certificate has expired" : "the certificate expires soon",
            metadata: .keyed([.path: "\(files.certificate)", .days: "\(days)"]))
    }
}
