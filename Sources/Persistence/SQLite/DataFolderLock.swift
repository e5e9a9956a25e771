#if canImport(Glibc)
    import Glibc
#endif

/// Keeps a second daemon from the same data folder, for as long as it lives.
public final class DataFolderLock: Sendable {
    private let descriptor: CInt

    /// Makes the folder if need be and locks it; the lock ends with the process, however that ends.
    /// - Throws: `StoreFailure.cannotOpen`, in words for the operator.
    public init(folder: String) throws(StoreFailure) {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw .cannotOpen("cannot make the data folder \(folder): \(String(cString: strerror(errno)))")
        }
        let path = "\(folder)/lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .cannotOpen("cannot write in the data folder \(folder): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(descriptor)
            throw .cannotOpen("another daemon uses the data folder \(folder)")
        }
    }

    deinit { Glibc.close(descriptor) }
}
