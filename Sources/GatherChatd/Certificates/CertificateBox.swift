import NIOSSL
import Synchronization

/// The certificate that new connections are shown: one for all, swapped in one step.
final class CertificateBox: Sendable {
    private let held: Mutex<LoadedCertificate>

    init(_ certificate: LoadedCertificate) { held = Mutex(certificate) }

    var current: LoadedCertificate { held.withLock { $0 } }

    func replace(with certificate: LoadedCertificate) { held.withLock { $0 = certificate } }
}
