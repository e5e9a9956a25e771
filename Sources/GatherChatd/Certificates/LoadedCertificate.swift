import Commands
import NIOSSL
import Persistence

/// A certificate that connections can be shown.
struct LoadedCertificate: Sendable {
    let context: NIOSSLContext
    /// When it begins and ends to be good.
    let notBefore: Timestamp
    let notAfter: Timestamp
    /// SHA-256 over the certificate, `AA:BB:…`, for people to compare.
    let fingerprint: String

    init(context: NIOSSLContext, leaf: NIOSSLCertificate) throws {
        self.context = context
        notBefore = Timestamp(milliseconds: Int64(leaf.notValidBefore) * 1_000)
        notAfter = Timestamp(milliseconds: Int64(leaf.notValidAfter) * 1_000)
        fingerprint = SHA256Digest.of(try leaf.toDERBytes())
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: ":")
    }

    enum Validity: Equatable {
        case good
        case notYet
        case expired
    }

    func validity(at now: Timestamp) -> Validity {
        if now < notBefore { return .notYet }
        return now < notAfter ? .good : .expired
    }

    /// Days until it ends, rounded down; below 0 it has.
    func daysLeft(at now: Timestamp) -> Int {
        Int(((Double(notAfter.milliseconds) - Double(now.milliseconds)) / 86_400_000).rounded(.down))
    }
}
