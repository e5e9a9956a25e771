import ArgumentParser
import Commands

/// Rooms, for an operator.
struct RoomCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "room", abstract: "Lists, shows or deletes rooms, of a running server or a stopped one.",
        subcommands: [List.self, Show.self, Delete.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All rooms.")
        @OptionGroup var options: OperatorOptions

        func run() async throws { try await options.run(.listRooms) }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One room and its members; nothing that was said in it.")
        @Argument(help: "room, with or without #") var name: String
        @OptionGroup var options: OperatorOptions

        func run() async throws { try await options.run(.showRoom(name)) }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Erases a room with all that is in it.")
        @Argument(help: "room, with or without #") var name: String
        @OptionGroup var options: OperatorOptions

        func run() async throws { try await options.run(.deleteRoom(name)) }
    }
}
