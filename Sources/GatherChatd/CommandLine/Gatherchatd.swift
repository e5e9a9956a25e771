import ArgumentParser

/// `gatherchatd`: the one binary.
@main
struct Gatherchatd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gatherchatd",
        abstract: "A chat server in which groups of friends plan their gatherings.",
        subcommands: [
            ServeCommand.self, ConfigCommand.self, CheckCommand.self, UserCommand.self, RoomCommand.self,
            BackupCommand.self,
            MigrateCommand.self, VersionCommand.self, ImageWorkerCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)
}
