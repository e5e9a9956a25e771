import GRDB

#if canImport(Glibc)
    import Glibc
#endif

/// Copies the database while it is in use: one snapshot, however long that takes and whatever is written meanwhile.
///
/// The log cannot be moved past the snapshot, so it grows by what is written during the copy. The copy is checked before
/// it gets its name; it is a file of its own, without a log beside it.
struct SQLiteBackup {
    let path: String
    /// Asked between two steps.
    let isStopped: @Sendable () -> Bool
    let progress: @Sendable (_ pages: Int, _ total: Int) -> Void

    /// About 8 MiB.
    private static let pagesAStep: CInt = 2_000

    private var draft: String { "\(path).part" }

    /// Blocks; runs on a reader's thread.
    /// - Throws: `BackupFailure`.
    func copy(_ source: Database) throws {
        guard access(path, F_OK) != 0 else { throw BackupFailure.exists }
        unlink(draft)
        do {
            try fill(from: source)
            try sync()
            // Unlike a renaming, this replaces nothing.
            guard link(draft, path) == 0 else {
                throw errno == EEXIST ? BackupFailure.exists : BackupFailure.failed(String(cString: strerror(errno)))
            }
            unlink(draft)
        } catch {
            unlink(draft)
            switch error {
            case let failure as BackupFailure: throw failure
            case let error as DatabaseError where error.resultCode == .SQLITE_FULL:
                throw BackupFailure.failed("no space left")
            default: throw BackupFailure.failed(SQLiteFile.words(of: error))
            }
        }
    }

    private func fill(from source: Database) throws {
        // Made by us, so that nobody else can read what gets into it.
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BackupFailure.failed(String(cString: strerror(errno))) }
        close(descriptor)
        let copy = try DatabaseQueue(path: draft)
        defer { try? copy.close() }
        try copy.writeWithoutTransaction { target in
            try source.backup(to: target, pagesPerStep: Self.pagesAStep) { step in
                guard !isStopped() else { throw BackupFailure.failed("the server is going away") }
                progress(step.completedPageCount, step.totalPageCount)
            }
            try target.execute(sql: "PRAGMA journal_mode = DELETE")
            guard try String.fetchOne(target, sql: "PRAGMA integrity_check(1)") == "ok" else {
                throw BackupFailure.failed("the copy is damaged, and so may be the database")
            }
        }
    }

    private func sync() throws {
        let descriptor = open(draft, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BackupFailure.failed(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw BackupFailure.failed(String(cString: strerror(errno))) }
    }
}
