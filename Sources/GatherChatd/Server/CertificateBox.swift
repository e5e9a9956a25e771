import NIOCore
import NIOSSL
import Synchronization

/// The certificate that new connections are shown: one context for all, swapped in one step.
final class CertificateBox: Sendable {
    private let current: Mutex<NIOSSLContext>

    init(_ context: NIOSSLContext) { current = Mutex(context) }

    var context: NIOSSLContext { current.withLock { $0 } }

    func replace(with context: NIOSSLContext) { current.withLock { $0 = context } }

    /// Reads and checks a pair; runs off the event loops.
    /// - Throws: `StartFailure.configuration`, in words that name the file.
    static func load(certificate: String, key: String) throws -> NIOSSLContext {
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMFile(certificate) } catch {
            throw StartFailure.configuration("--tls-cert \(certificate): not a readable PEM certificate")
        }
        guard !chain.isEmpty else {
            throw StartFailure.configuration("--tls-cert \(certificate): no certificate in it")
        }
        let privateKey: NIOSSLPrivateKey
        do { privateKey = try NIOSSLPrivateKey(file: key, format: .pem) } catch {
            throw StartFailure.configuration("--tls-key \(key): not a readable PEM private key")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        configuration.renegotiationSupport = .none
        configuration.certificateVerification = .none
        configuration.shutdownTimeout = .seconds(2)
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw StartFailure.configuration("--tls-key \(key): it is not the key of \(certificate)")
        }
    }
}
