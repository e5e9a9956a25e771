import Commands
import Logging
import Persistence

#if canImport(Glibc)
    import Glibc
#endif

/// The store that `--database` names.
enum DatabaseChoice {
    case sqlite(path: String)
    case postgres(url: String)

    /// - Throws: `StartFailure.configuration`.
    init(_ settings: Settings) throws {
        let url = settings.databaseURL
        if url.hasPrefix("postgres:") || url.hasPrefix("postgresql:") {
            self = .postgres(url: url)
        } else {
            self = .sqlite(path: try LocalURL.path(url, "sqlite", "--database", orElse: " or postgres://…"))
        }
    }

    /// - Parameter onCommit: As the stores call it.
    /// - Throws: `StoreFailure`, in words for the operator.
    func open(
        serverName: String, logger: Logger, onCommit: @escaping @Sendable (CommittedBatch) -> Void
    ) throws -> any Store {
        switch self {
        case .sqlite(let path):
            try SQLiteStore(
                path: path, clock: SystemClock(), onCommit: onCommit,
                onFatal: { words in
                    // Nothing after this could be trusted; the supervisor starts us again on what is on disk.
                    logger.critical("the database failed", metadata: .keyed([.reason: "\(words)"]))
                    // No exit handlers: other threads are still at work.
                    _exit(1)
                }, onNotice: { Self.tell($0, logger) })
        case .postgres(let url):
            try PostgresStore(
                url: url, serverName: serverName, clock: SystemClock(), onCommit: onCommit,
                onNotice: { Self.tell($0, logger) })
        }
    }

    private static func tell(_ notice: StoreNotice, _ logger: Logger) {
        switch notice {
        case .databaseLost(let words):
            logger.error("the database does not answer", metadata: .keyed([.reason: "\(words)"]))
        case .storingFails(let words):
            logger.error("nothing can be stored", metadata: .keyed([.reason: "\(words)"]))
        case .storingWorks: logger.notice("storing works again")
        case .databaseAnswers: logger.notice("the database answers again")
        case .notificationsSilent:
            logger.warning("notifications of the database do not arrive: what other daemons store comes seconds late")
        case .commitLost:
            logger.warning("the answer to a COMMIT was lost; what became of it is being looked up")
        }
    }
}

/// URLs that name something of this machine: `sqlite:PATH`.
enum LocalURL {
    /// The path of a URL of the one kind that is taken.
    /// - Parameter other: Words for what else is taken.
    /// - Throws: `StartFailure.configuration`.
    static func path(_ url: String, _ scheme: String, _ flag: String, orElse other: String = "") throws -> String {
        guard url.hasPrefix("\(scheme):"), url.count > scheme.count + 1 else {
            throw StartFailure.configuration("\(flag) takes \(scheme):PATH\(other)")
        }
        return String(url.dropFirst(scheme.count + 1))
    }
}
