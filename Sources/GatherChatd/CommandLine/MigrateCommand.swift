import ArgumentParser
import Commands
import Persistence
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Moves an embedded database to PostgreSQL.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Copies an embedded database into an empty PostgreSQL database, and compares both.",
        discussion: """
            Stop the daemon first. An interruption leaves the PostgreSQL database as it was: run it again. Pictures and \
            mails on their way stay where they are.
            """)

    @Option(help: "sqlite:PATH, the file of a daemon that is stopped") var from: String
    @Option(help: "postgres://…, a database that nothing is in yet") var to: String

    func run() throws {
        try reportingFailures {
            do { try move() } catch { throw Self.failure(error) }
        }
    }

    private func move() throws {
        let path = try LocalURL.path(from, "sqlite", "--from")
        guard to.hasPrefix("postgres://") || to.hasPrefix("postgresql://") else {
            throw StartFailure.configuration("--to takes postgres://…")
        }
        guard access(path, R_OK) == 0 else { throw StartFailure.configuration("--from: there is no file \(path)") }
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let lock = try DataFolderLock(folder: folder.isEmpty ? "/" : folder)
        defer { withExtendedLifetime(lock) {} }
        let progress = MoveProgress()
        let move = HouseMove(
            from: path, to: to, hash: { SHA256Digest.of($0) }, report: { progress.show($0) })
        switch try move.run() {
        case .moved(let rows): Self.summarize(rows, "Moved, and both sides compared.")
        case .wasMoved(let rows): Self.summarize(rows, "Everything was there already, and both sides are the same.")
        }
    }

    private static func summarize(_ rows: [String: Int], _ words: String) {
        for (table, count) in rows.sorted(by: { $0.key < $1.key }) where count > 0 {
            StandardOutput.print("\(table) \(count)")
        }
        StandardOutput.print("\(words) Start the daemon with --database and the URL that --to had; --blobs stays.")
    }

    private static func failure(_ error: any Error) -> StartFailure {
        switch error {
        case let failure as StartFailure: failure
        case HouseMove.Failure.targetInUse:
            .configuration("--to: that database has other content; take an empty one")
        case HouseMove.Failure.differs(let table):
            .other("after the copy the table \(table) differs; nothing was stored")
        case let failure as StoreFailure: StartFailure(failure)
        default: .other("the move failed; nothing was stored")
        }
    }
}

/// Says how far it is: each table once when it is done, and each second within a large one.
private final class MoveProgress: Sendable {
    private let last = Mutex(ContinuousClock.now)

    func show(_ progress: HouseMove.Progress) {
        let isDone = progress.rows >= progress.total
        let isDue = last.withLock { last in
            guard isDone || ContinuousClock.now - last > .seconds(1) else { return false }
            last = .now
            return true
        }
        guard isDue else { return }
        StandardError.print(
            "\(progress.isComparing ? "comparing" : "copying") \(progress.table): \(progress.rows) of \(progress.total)"
        )
    }
}
