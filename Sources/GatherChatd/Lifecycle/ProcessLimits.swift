#if canImport(Glibc)
    import Glibc
#endif

/// What the process asks of the system before anything else.
enum ProcessLimits {
    /// A peer that is gone, a file that may grow no further, and a renewed certificate before anybody watches for it
    /// are nothing to end for.
    static func prepare() {
        // What the server writes is its own user's affair: the database as well, whose files SQLite makes.
        umask(0o077)
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
    }

    /// Raises the number of descriptors to what is allowed.
    static func raiseDescriptors() -> DescriptorBudget {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit) == 0 else {
            return DescriptorBudget(Int.max)
        }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
        return DescriptorBudget(Int(clamping: limit.rlim_cur))
    }
}

/// Who may use how many of the process's descriptors, so that nobody can take those of the others.
struct DescriptorBudget: Equatable {
    /// Store, mail, pictures, operators, and what is read meanwhile.
    static let reserved = 64
    /// Connections to each web door, where there are descriptors enough.
    private static let mostWeb = 256

    /// Connections to a web door; there may be two.
    let web: Int
    /// Connections of people.
    let chat: Int

    init(_ descriptors: Int) {
        web = min(Self.mostWeb, max(8, descriptors / 16))
        chat = max(1, descriptors - Self.reserved - 2 * web - Population.mostTold)
    }
}
