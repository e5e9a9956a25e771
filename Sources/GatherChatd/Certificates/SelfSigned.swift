import CLibCrypto
import Commands
import Persistence

#if canImport(Glibc)
    import Glibc
#endif

/// The certificate of a server that was given none: made once, kept in the data folder.
///
/// ECDSA P-256: a handshake costs a fifth of what it costs with RSA.
enum SelfSigned {
    private static let days = 3_650

    /// Where the pair of a data folder is.
    static func files(folder: String) -> CertificateFiles {
        CertificateFiles(certificate: "\(folder)/tls-cert.pem", key: "\(folder)/tls-key.pem")
    }

    /// Finds the pair in a folder, or makes it.
    /// - Throws: `StartFailure`.
    @discardableResult
    static func ensure(folder: String, serverName: String) throws -> CertificateFiles {
        let files = files(folder: folder)
        let (certificate, key) = (files.certificate, files.key)
        // Only what is not there is made: a pair that cannot be read just now is not to be replaced.
        if isMissing(certificate) || isMissing(key) {
            let made = try make(serverName)
            // The key first: a certificate without its key would be taken for a whole pair.
            try write(made.key, to: key, mode: 0o600)
            try write(made.certificate, to: certificate, mode: 0o644)
        }
        return files
    }

    private static func isMissing(_ path: String) -> Bool { access(path, F_OK) != 0 && errno == ENOENT }

    private static func make(_ serverName: String) throws -> (certificate: [UInt8], key: [UInt8]) {
        guard let key = gather_p256_key() else { throw failure }
        defer { EVP_PKEY_free(key) }
        guard let certificate = X509_new() else { throw failure }
        defer { X509_free(certificate) }
        try fill(certificate, key, serverName)
        guard X509_sign(certificate, key, EVP_sha256()) > 0 else { throw failure }
        return (
            try pem { PEM_write_bio_X509($0, certificate) },
            try pem { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
        )
    }

    private static func fill(_ certificate: OpaquePointer, _ key: OpaquePointer, _ serverName: String) throws {
        var serial = try SystemRandom().bytes(16)
        // Positive, and of full length (RFC 5280, section 4.1.2.2).
        serial[0] = serial[0] & 0x7f | 0x40
        guard let number = BN_bin2bn(serial, CInt(serial.count), nil) else { throw failure }
        defer { BN_free(number) }
        let name = X509_get_subject_name(certificate)
        let common = Array(serverName.prefix(64).utf8)
        guard X509_set_version(certificate, 2) == 1,
            BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nil,
            X509_gmtime_adj(X509_getm_notBefore(certificate), -86_400) != nil,
            X509_gmtime_adj(X509_getm_notAfter(certificate), days * 86_400) != nil,
            X509_set_pubkey(certificate, key) == 1,
            X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, common, CInt(common.count), -1, 0) == 1,
            X509_set_issuer_name(certificate, name) == 1
        else { throw failure }
        try add(
            NID_subject_alt_name, "\(try alternative(serverName)),DNS:localhost,IP:127.0.0.1,IP:::1", to: certificate)
        try add(NID_basic_constraints, "critical,CA:FALSE", to: certificate)
        // Clients that check strictly (RFC 5280, section 4.2.1.2) want it.
        try add(NID_subject_key_identifier, "hash", to: certificate)
        try add(NID_ext_key_usage, "serverAuth", to: certificate)
    }

    /// The server's name as libcrypto reads it, where a comma would begin another one.
    private static func alternative(_ serverName: String) throws -> String {
        var address = in_addr()
        if inet_pton(AF_INET, serverName, &address) == 1 { return "IP:\(serverName)" }
        let isName = serverName.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isName, !serverName.isEmpty else {
            throw StartFailure.configuration("--server-name takes letters, digits, dots and dashes")
        }
        return "DNS:\(serverName)"
    }

    private static func add(_ identifier: CInt, _ value: String, to certificate: OpaquePointer) throws {
        guard gather_add_extension(certificate, identifier, value) == 1 else { throw failure }
    }

    private static func pem(_ body: (OpaquePointer) -> CInt) throws -> [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { throw failure }
        defer { BIO_free(bio) }
        guard body(bio) == 1 else { throw failure }
        var start: UnsafePointer<CChar>?
        let count = gather_bio_bytes(bio, &start)
        return Array(UnsafeRawBufferPointer(start: start, count: max(0, count)))
    }

    private static func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws {
        do { try DurableFile.write(bytes, to: path, mode: mode) } catch {
            throw StartFailure.configuration("\(path): \(error)")
        }
    }

    private static var failure: StartFailure { .other("the self-signed certificate cannot be made") }
}
