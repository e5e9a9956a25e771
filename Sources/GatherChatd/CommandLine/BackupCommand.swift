import ArgumentParser
import Commands
import Foundation

/// Copies the embedded database while it is used.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies the embedded database into a file, while the server runs or not.",
        discussion: """
            The copy is one moment of the database, checked, readable for the server's user only; nothing is overwritten. To \
            restore it, stop the server and put it in the place of gather.sqlite, without the -wal and -shm beside that. \
            Pictures are files that never change: copy their folder as it is.
            """)

    @Argument(help: "where nothing is yet") var file: String
    @OptionGroup var options: OperatorOptions

    func run() async throws {
        // The one who writes it may be the daemon, which is at home elsewhere.
        try await options.run(.backUp(path: URL(filePath: file).path))
    }
}
