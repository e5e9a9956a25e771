import Logging

#if canImport(Glibc)
    import Glibc
#endif

/// Where everything for people who run the server goes.
enum StandardError {
    static func print(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// The daemon's logger, as set.
    static func logger(_ settings: Settings) -> Logger {
        var logger = Logger(label: "gatherchatd") { _ in LineLogHandler(format: settings.logFormat) }
        logger.logLevel = settings.logLevel
        return logger
    }
}
