import Logging
import ServiceLifecycle
import UnixSignals

/// Takes up a renewed certificate on SIGHUP. The new pair is checked first; if there is anything wrong with it, the
/// old one stays. Connections that are open notice nothing.
struct CertificateReload: Service {
    let box: CertificateBox
    let certificate: String
    let key: String
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) { reload() }
        }
    }

    private func reload() {
        do {
            box.replace(with: try CertificateBox.load(certificate: certificate, key: key))
            let fingerprint = try SelfSigned.fingerprint(of: certificate)
            logger.notice(
                "certificate reloaded", metadata: .keyed([.path: "\(certificate)", .fingerprint: "\(fingerprint)"]))
        } catch {
            logger.error("certificate not reloaded, the old one stays", metadata: .keyed([.reason: "\(error)"]))
        }
    }
}
