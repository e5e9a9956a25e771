import ArgumentParser

/// The child process that looks at one picture; started by the daemon, never by a person.
struct ImageWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "image-worker", shouldDisplay: false)

    @Option(help: "most pixels") var pixels: Int

    func run() {
        ImageWorkerProcess(mostPixels: pixels).run()
    }
}
