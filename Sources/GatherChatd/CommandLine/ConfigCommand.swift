import ArgumentParser

/// Prints the settings in effect.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Prints the settings in effect, where each comes from, and passwords masked.",
        discussion: "What it prints is a file for --config; of a masked password nothing can be made again.")

    @OptionGroup var flags: SettingFlags

    func run() throws {
        try reportingFailures {
            let effective = try flags.effective()
            for line in SettingsListing(effective: effective).lines { StandardOutput.print(line) }
            for name in effective.unknownVariables {
                StandardError.print("gatherchatd: the environment variable \(name) is no setting")
            }
        }
    }
}
