import ArgumentParser
import Logging

/// Runs the server until it is asked to stop.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the server (the default).",
        discussion:
            """
            Every setting is also an environment variable (--tls-cert is GATHER_TLS_CERT, --limits.replay is \
            GATHER_LIMITS_REPLAY) and a key of the YAML file that --config names (tls-cert:, and replay: under limits:). \
            A flag wins over a variable, a variable over the file.
            """
    )

    @OptionGroup var flags: SettingFlags

    func run() async throws {
        try await reportingFailures {
            let effective = try flags.effective()
            let logger = StandardError.logger(effective.settings)
            for name in effective.unknownVariables {
                logger.warning("an environment variable is no setting", metadata: .keyed([.variable: "\(name)"]))
            }
            try await Daemon(settings: effective.settings, logger: logger).run()
        }
    }
}
