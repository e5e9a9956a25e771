import ArgumentParser
import Foundation
import Logging

/// Runs the server until it is asked to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the server (the default).",
        discussion:
            "Every setting is also an environment variable: --tls-cert is GATHER_TLS_CERT, --limits.replay is GATHER_LIMITS_REPLAY."
    )

    @OptionGroup var flags: SettingFlags

    func run() async throws {
        do {
            let settings = try Settings.read(
                flags: flags.values, environment: ProcessInfo.processInfo.environment)
            try await Daemon(settings: settings, logger: StandardError.logger(settings)).run()
        } catch let failure as StartFailure {
            StandardError.print("gatherchatd: \(failure)")
            throw ExitCode(failure.exitCode)
        }
    }
}
