import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// Puts each mail into a folder as a file that a mail program can open: what a server without a mail account does.
struct OutboxTransport: MailTransport {
    let folder: String

    /// - Throws: `StartFailure.configuration` where the folder cannot be made.
    init(folder: String) throws {
        self.folder = folder
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw StartFailure.configuration("--mail outbox:\(folder): \(String(cString: strerror(errno)))")
        }
    }

    func send(_ message: [UInt8], identifier: String) async throws {
        try await NIOThreadPool.singleton.runIfActive { try write(message, identifier: identifier) }
    }

    /// The file appears whole or not at all.
    private func write(_ message: [UInt8], identifier: String) throws {
        let path = "\(folder)/\(identifier).eml"
        let draft = "\(folder)/.\(identifier).part"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var written = 0
        while written < message.count {
            let count = message[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                let failure = failure()
                unlink(draft)
                throw failure
            }
            written += count
        }
        guard fsync(descriptor) == 0, rename(draft, path) == 0 else { throw failure() }
    }

    private func failure() -> MailFailure { .temporary(String(cString: strerror(errno))) }
}
