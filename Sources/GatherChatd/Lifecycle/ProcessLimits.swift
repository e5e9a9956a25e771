#if canImport(Glibc)
    import Glibc
#endif

/// What the process asks of the system before anything else.
enum ProcessLimits {
    /// A peer that is gone, a file that may grow no further, and a renewed certificate before anybody watches for it
    /// are nothing to end for.
    static func ignoreSignals() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGHUP, SIG_IGN)
    }

    /// Descriptors kept for the store, mail and the web door.
    static let reservedDescriptors = 64

    /// Raises the number of descriptors to what is allowed.
    /// - Returns: How many connections fit beside the reserved ones.
    static func raiseDescriptors() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit) == 0 else { return Int.max }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue)), &limit)
        return max(1, Int(clamping: limit.rlim_cur) - reservedDescriptors)
    }
}
