#if canImport(Glibc)
    import Glibc
#endif

/// Keeps a second daemon from the same data folder, for as long as it lives.
public final class DataFolderLock: Sendable {
    private let descriptor: CInt

    /// How long a command that holds it for a moment is waited for.
    private static let patience = Duration.seconds(1)

    /// Makes the folder if need be and locks it; the lock ends with the process, however that ends. Waits a second where
    /// it is held.
    /// - Throws: `StoreFailure.inUse` and `cannotOpen`, in words for the operator.
    public init(folder: String) throws(StoreFailure) {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw .cannotOpen("cannot make the data folder \(folder): \(String(cString: strerror(errno)))")
        }
        // Kept apart until the lock is ours: an initializer that throws with all it stores in place runs `deinit` as well,
        // and to close a descriptor twice closes somebody else's.
        let file = open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw .cannotOpen("cannot write in the data folder \(folder): \(String(cString: strerror(errno)))")
        }
        Self.giveToOwner(of: folder, file)
        guard Self.lock(file) else {
            let reason = errno
            Glibc.close(file)
            guard reason == EWOULDBLOCK else {
                throw .cannotOpen("cannot lock the data folder \(folder): \(String(cString: strerror(reason)))")
            }
            throw .inUse("another daemon, or a command of it, uses the data folder \(folder)")
        }
        descriptor = file
    }

    private static func lock(_ file: CInt) -> Bool {
        let end = ContinuousClock.now + patience
        while flock(file, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK, ContinuousClock.now < end else { return false }
            usleep(20_000)
        }
        return true
    }

    /// Whether anybody holds it right now; makes nothing.
    public static func isHeld(folder: String) -> Bool {
        let file = open("\(folder)/lock", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        // Closing gives back what this may have taken for a moment.
        defer { Glibc.close(file) }
        return flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// What root makes in somebody's folder is theirs, or their server could not use it.
    private static func giveToOwner(of folder: String, _ file: CInt) {
        var status = stat()
        guard geteuid() == 0, stat(folder, &status) == 0, status.st_uid != 0 else { return }
        _ = fchown(file, status.st_uid, status.st_gid)
    }

    deinit { Glibc.close(descriptor) }
}
