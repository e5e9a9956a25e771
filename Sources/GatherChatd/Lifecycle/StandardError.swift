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
        var logger = Logger(label: "gatherchatd") { label in
            switch settings.logFormat {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler()
            }
        }
        logger.logLevel = settings.logLevel
        return logger
    }
}
