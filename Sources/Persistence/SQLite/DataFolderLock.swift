#if canImport(Glibc)
    import Glibc
#endif

/// Keeps a second daemon from the same data folder, for as long as it lives.
public final class DataFolderLock: Sendable {
    private let descriptor: CInt

    /// Makes the folder if need be and locks it; the lock ends with the process, however that ends.
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
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            Glibc.close(file)
            guard reason == EWOULDBLOCK else {
                throw .cannotOpen("cannot lock the data folder \(folder): \(String(cString: strerror(reason)))")
            }
            throw .inUse("another daemon uses the data folder \(folder)")
        }
        descriptor = file
    }

    deinit { Glibc.close(descriptor) }
}
