import GRDB
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Copies the database while it is in use: one snapshot, however long that takes and whatever is written meanwhile.
///
/// The log cannot be moved past the snapshot, so it grows by what is written during the copy. The copy is checked before
/// it gets its name; it is a file of its own, without a log beside it. Both ends are connections of the backup's own, so
/// that nobody else waits for one.
final class SQLiteBackup: Sendable {
    private let source: String
    private let path: String
    /// Not there yet, and not to be guessed: what is removed at the end is ours.
    private let draft: String
    private let progress: @Sendable (_ pages: Int, _ total: Int) -> Void
    private let state = Mutex(State())

    private struct State {
        var isStopped = false
        /// The copy, while SQLite works on it.
        var copy: DatabaseQueue?
    }

    /// About 8 MiB.
    private static let pagesAStep: CInt = 2_000

    init(
        of source: String, to path: String, progress: @escaping @Sendable (_ pages: Int, _ total: Int) -> Void
    ) {
        self.source = source
        self.path = path
        self.progress = progress
        draft = "\(path).\(UInt64.random(in: 0...UInt64.max)).part"
    }

    /// Ends it soon, also in the middle of a check. May be called on any thread, at any time.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            // Under the lock: a connection that is closed must not be interrupted any more.
            state.copy?.interrupt()
        }
    }

    /// Blocks until there is a copy.
    /// - Throws: `BackupFailure`; then nothing is left of it.
    func run() throws {
        guard access(path, F_OK) != 0 else { throw BackupFailure.exists }
        do {
            try make()
            defer { for left in [draft, "\(draft)-journal"] { unlink(left) } }
            try fill()
            try sync()
            try checkStop()
            try name()
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: any Error) -> BackupFailure {
        if state.withLock({ $0.isStopped }) { return .failed("the server is going away") }
        return switch error {
        case let failure as BackupFailure: failure
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL: .failed("no space left")
        default: .failed(SQLiteFile.words(of: error))
        }
    }

    /// Made by us, so that nobody else can read what gets into it.
    private func make() throws {
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.systemFailure() }
        close(descriptor)
    }

    private func fill() throws {
        var configuration = Configuration()
        configuration.readonly = true
        let original = try DatabaseQueue(path: source, configuration: configuration)
        defer { try? original.close() }
        let copy = try DatabaseQueue(path: draft)
        state.withLock { $0.copy = copy }
        defer {
            state.withLock { $0.copy = nil }
            try? copy.close()
        }
        try copy.writeWithoutTransaction { target in
            try original.read { source in
                // The snapshot begins with the first reading; without it each step would have its own, and begin anew.
                _ = try Int.fetchOne(source, sql: "SELECT count(*) FROM sqlite_master")
                try source.backup(to: target, pagesPerStep: Self.pagesAStep) { step in
                    try self.checkStop()
                    self.progress(step.completedPageCount, step.totalPageCount)
                }
            }
            try target.execute(sql: "PRAGMA journal_mode = DELETE")
            try checkStop()
            guard try String.fetchOne(target, sql: "PRAGMA integrity_check(1)") == "ok" else {
                throw BackupFailure.failed("the copy is damaged, and so may be the database")
            }
        }
    }

    private func checkStop() throws {
        guard !state.withLock({ $0.isStopped }) else { throw BackupFailure.failed("the server is going away") }
    }

    private func sync() throws {
        let descriptor = open(draft, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.systemFailure() }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.systemFailure() }
    }

    /// A link replaces nothing, unlike a renaming; where the file system has none, what is there is looked for first.
    private func name() throws {
        if link(draft, path) != 0 {
            switch errno {
            case EEXIST: throw BackupFailure.exists
            case EPERM, EOPNOTSUPP, ENOSYS:
                guard access(path, F_OK) != 0 else { throw BackupFailure.exists }
                guard rename(draft, path) == 0 else { throw Self.systemFailure() }
            default: throw Self.systemFailure()
            }
        }
        do { try DurableFile.syncFolder(of: path) } catch { throw BackupFailure.failed(error.description) }
    }

    private static func systemFailure() -> BackupFailure { .failed(String(cString: strerror(errno))) }
}
