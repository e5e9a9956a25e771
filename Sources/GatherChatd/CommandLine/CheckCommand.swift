import ArgumentParser
import Commands
import Foundation

/// Looks whether a start would go well.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validates the settings and what they name, and exits: 0 if the server would start, 78 if not.",
        discussion: """
            Looks at the certificate and its key, addresses, folders, the database and its schema, and S3; nothing of it is \
            changed. --mail takes the address of a person here, and sends a real mail there; the mail server is then the one \
            of the environment or the file (or use --mail-to beside --mail URL).
            """)

    @Option(help: "address that gets a test mail") var mailTo: String?
    @OptionGroup var flags: SettingFlags

    func run() async throws {
        try await reportingFailures {
            var flags = flags
            var address = mailTo
            if let mail = flags.mail, EmailAddress(mail) != nil {
                address = address ?? mail
                flags.mail = nil
            }
            let recipient = try address.map { text in
                guard let recipient = EmailAddress(text) else {
                    throw StartFailure.configuration("--mail-to takes a mail address")
                }
                return recipient
            }
            let effective = try flags.effective()
            var isGood = true
            let check = SettingsCheck(
                effective: effective, file: flags.file, recipient: recipient,
                logger: StandardError.logger(effective.settings))
            await check.run { finding in
                StandardOutput.print(finding.line)
                if finding.state == .bad { isGood = false }
            }
            guard isGood else {
                throw StartFailure.configuration("the server would not start, or not do all that it is set to")
            }
        }
    }
}
