#if canImport(Glibc)
    import Glibc
#endif

/// The socket through which operators' commands reach the daemon of a data folder: `<data>/control/socket`, in a folder that
/// only the daemon's own user can enter.
final class ControlSocket: Sendable {
    private let descriptor: CInt

    /// - Parameter makes: The daemon makes the folder, and takes away the socket of one that was killed (it holds the
    ///   folder's lock by then); a client only looks.
    /// - Throws: `StartFailure.configuration`.
    init(folder: String, makes: Bool) throws {
        let path = "\(folder)/control"
        if makes {
            guard mkdir(path, 0o700) == 0 || errno == EEXIST, chmod(path, 0o700) == 0 else {
                throw StartFailure.configuration("\(path): \(String(cString: strerror(errno)))")
            }
        }
        let opened = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard opened >= 0 else { throw StartFailure.configuration("\(path): \(String(cString: strerror(errno)))") }
        descriptor = opened
        if makes { unlinkat(descriptor, Self.name, 0) }
    }

    deinit { close(descriptor) }

    private static let name = "socket"

    /// For this process only. The name of a socket has room for 107 bytes, and a data folder's may be longer (unix(7)).
    var path: String { "/proc/self/fd/\(descriptor)/\(Self.name)" }
}
