import ArgumentParser

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Tells the version.")

    func run() {
        StandardOutput.print("gatherchatd \(Version.current)")
    }
}

enum Version {
    static let current = "0.1.0"
}
