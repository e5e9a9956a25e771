import NIOCore
import NIOSSL

#if canImport(Glibc)
    import Glibc
#endif

/// Where the certificate and its key are, as PEM files.
struct CertificateFiles: Sendable {
    let certificate: String
    let key: String

    init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }

    /// Those that are set, or the self-signed ones, which may not be there yet.
    init(_ settings: Settings) {
        if let certificate = settings.tlsCertificate, let key = settings.tlsKey {
            self.init(certificate: certificate, key: key)
        } else {
            self = SelfSigned.files(folder: settings.data)
        }
    }

    /// What tells two states of the files apart without reading them: renewed files have another time, size or place.
    struct Stamp: Sendable, Equatable {
        private let parts: [Int]

        fileprivate init(_ paths: [String]) {
            var parts: [Int] = []
            for path in paths {
                var status = stat()
                // Follows links: a renewal may only move one.
                guard stat(path, &status) == 0 else {
                    parts.append(-1)
                    continue
                }
                parts += [
                    Int(bitPattern: UInt(status.st_ino)), status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                    // Also what makes them readable: an owner, a mode.
                    status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
                ]
            }
            self.parts = parts
        }
    }

    var stamp: Stamp { Stamp([certificate, key]) }

    /// Reads the pair and makes sure that it can serve. Blocks: never on an event loop.
    /// - Throws: `StartFailure.configuration`, in words that name the file.
    func load() throws -> LoadedCertificate {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificate), let leaf = chain.first else {
            throw StartFailure.configuration("--tls-cert \(certificate): not a readable PEM certificate")
        }
        let privateKey: NIOSSLPrivateKey
        do { privateKey = try NIOSSLPrivateKey(file: key, format: .pem) } catch {
            throw StartFailure.configuration(
                "--tls-key \(key): not a readable PEM private key (one with a passphrase cannot be used)")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(privateKey))
        configuration.minimumTLSVersion = .tlsv12
        configuration.renegotiationSupport = .none
        configuration.certificateVerification = .none
        configuration.shutdownTimeout = .seconds(2)
        let context: NIOSSLContext
        do { context = try NIOSSLContext(configuration: configuration) } catch {
            throw StartFailure.configuration("--tls-key \(key): it is not the key of \(certificate)")
        }
        return try LoadedCertificate(context: context, leaf: leaf)
    }
}
