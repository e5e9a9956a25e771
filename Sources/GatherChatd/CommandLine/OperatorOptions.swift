import ArgumentParser
import Commands

/// What all commands of operators share: they act for the data folder, and the settings, that the daemon has.
struct OperatorOptions: ParsableArguments {
    @OptionGroup var flags: SettingFlags

    func run(_ request: OperatorRequest) async throws {
        try await reportingFailures {
            let settings = try flags.effective().settings
            ProcessLimits.prepare()
            try await OperatorSession(settings: settings, logger: StandardError.logger(settings)).run(request)
        }
    }
}
