import NIOPosix
import Persistence

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

    func send(_ mail: OutgoingMail) async throws {
        let path = "\(folder)/\(mail.identifier).eml"
        do {
            try await NIOThreadPool.singleton.runIfActive { try DurableFile.write(mail.message, to: path) }
        } catch let failure as DurableFile.Failure {
            throw MailFailure.temporary("\(failure)")
        }
    }

    func giveUp() {}
}
