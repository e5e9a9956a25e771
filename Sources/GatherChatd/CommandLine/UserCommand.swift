import ArgumentParser
import Commands

/// Accounts, for an operator: most of all for people whom no mail reaches.
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Lists, shows, verifies, resets or deletes accounts, of a running server or a stopped one.",
        subcommands: [List.self, Show.self, Verify.self, Reset.self, Delete.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "All accounts, then all sign-ups that wait.")
        @OptionGroup var options: OperatorOptions

        func run() async throws { try await options.run(.listUsers) }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "One account, and sign-ups of that name that wait.")
        @Argument(help: "username") var name: String
        @OptionGroup var options: OperatorOptions

        func run() async throws { try await options.run(.showUser(name)) }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Finishes a sign-up without its mail.",
            discussion: "Be sure who asks: whoever signed up under this name can LOGIN from then on.")
        @Argument(help: "username") var name: String
        @Argument(help: "mail address, where several sign-ups wait under the name") var email: String?
        @OptionGroup var options: OperatorOptions

        func run() async throws { try await options.run(.verifyUser(name, email: email)) }
    }

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the RESET line that a mail would bring, good once, for an hour.")
        @Argument(help: "username") var name: String
        @OptionGroup var options: OperatorOptions

        func run() async throws { try await options.run(.resetUser(name)) }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deletes an account, as its ACCOUNT DELETE would: messages stay, without the name.")
        @Argument(help: "username") var name: String
        @OptionGroup var options: OperatorOptions

        func run() async throws { try await options.run(.deleteUser(name)) }
    }
}
