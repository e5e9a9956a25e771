import Foundation
import Testing

@testable import GatherChatd

@Suite("The file of settings")
struct SettingsFileTests {
    @Test func keysAreTheNamesOfTheFlags() throws {
        let file = try SettingsFile(
            path: "gather.yaml",
            text: """
                # comments and blank lines are nothing

                server-name: chat.example.org
                listen:
                  - "[::]:6697"
                  - 127.0.0.1:7000
                mail: 'smtp://anna:pa#ss@mail.example.org'
                limits:
                  replay: 100
                limits.exempt: [10.0.0.0/8]
                """)
        #expect(
            file.entries == [
                "server-name": .init(text: "chat.example.org", line: 3),
                "listen": .init(text: "[::]:6697,127.0.0.1:7000", line: 4),
                "mail": .init(text: "smtp://anna:pa#ss@mail.example.org", line: 7),
                "limits.replay": .init(text: "100", line: 9),
                "limits.exempt": .init(text: "10.0.0.0/8", line: 10),
            ])
    }

    @Test(arguments: ["", "# nothing yet\n", "---\n", "limits:\n  # replay: 5\n"])
    func aFileMayBeEmpty(_ text: String) throws {
        #expect(try SettingsFile(path: "x", text: text).entries.isEmpty)
    }

    @Test(arguments: [
        ("data: x\nlisen: y\n", "gather.yaml:2: there is no setting lisen; is it listen?"),
        ("colour: red\n", "gather.yaml:1: there is no setting colour"),
        ("limits:\n  replays: 5\n", "gather.yaml:2: there is no setting limits.replays; is it limits.replay?"),
        ("limits: 5\n", "gather.yaml:1: there is no setting limits"),
        ("data:\n  folder: x\n", "gather.yaml:1: data takes a value"),
        ("data:\n", "gather.yaml:1: data takes a value"),
        ("tls-cert: [a, b]\n", "gather.yaml:1: tls-cert takes a value"),
        ("listen: [[a]]\n", "gather.yaml:1: listen takes a value, or a list of values"),
        ("limits:\n  replay: 5\nlimits.replay: 6\n", "gather.yaml:3: limits.replay is set twice"),
        ("data: x\ndata: y\n", "gather.yaml:1: this is not YAML: a key stands twice: data"),
        ("- data\n", "gather.yaml:1: a file of settings holds lines of NAME: VALUE"),
        ("data: x\n  loops: 2\n", "gather.yaml:2: this is not YAML: mapping values are not allowed in this context"),
        ("mail: \"smtp://a:secret@b\ndata: x\n", "gather.yaml:3: this is not YAML: found unexpected end of stream"),
    ])
    func aFaultNamesTheLineAndTheKey(_ text: String, _ words: String) {
        let failure = #expect(throws: StartFailure.self) { try SettingsFile(path: "gather.yaml", text: text) }
        #expect(failure?.description == words && failure?.exitCode == 78)
    }

    @Test func aFileThatIsNotThereIsOneLine() {
        for (path, words) in [("/nowhere/gather.yaml", "there is no such file"), ("/tmp", "it cannot be read")] {
            let failure = #expect(throws: StartFailure.self) { try SettingsFile(path: path) }
            #expect(failure?.description == "--config \(path): \(words)")
        }
    }
}

@Suite("The listing of the settings")
struct SettingsListingTests {
    @Test func isAFileThatGivesTheSameSettings() throws {
        let flags = [
            "listen": "[::1]:1,127.0.0.1:2", "mail-from": "a@b.example", "limits.replay": "3", "loops": "2",
            "server-name": "chat.example", "limits.exempt": "", "log-format": "json", "data": "a \"b\" \\ ö",
            "web-url": "https://chat.example",
        ]
        let first = try EffectiveSettings.read(flags: flags, file: nil, environment: [:])
        let lines = SettingsListing(effective: first).lines
        let file = try SettingsFile(path: "listing", text: lines.joined(separator: "\n"))
        for definition in SettingDefinition.all {
            guard definition.show(first.settings) != .text(nil) else {
                continue
            }
            var settings = Settings()
            try definition.apply(&settings, #require(file.entries[definition.name]?.text))
            #expect(definition.show(settings) == definition.show(first.settings), "\(definition.name)")
        }
        #expect(lines.contains { $0.hasPrefix("  replay: 3 ") && $0.hasSuffix("# --limits.replay") })
        #expect(lines.contains { $0.hasPrefix("  history-page: 50 ") && $0.hasSuffix("# default") })
    }

    @Test(arguments: [
        ("smtp://anna:secret@mail.example.org:587", "smtp://anna:***@mail.example.org:587"),
        ("smtp://anna%40example.org:se@c/r?et@mail.example.org", "smtp://anna%40example.org:***@mail.example.org"),
        (
            "postgres://gather:secret@db1,db2/gather?sslmode=require",
            "postgres://gather:***@db1,db2/gather?sslmode=require"
        ),
        (
            "postgres://gather@db/gather?password=secret&sslmode=require",
            "postgres://gather@db/gather?password=***&sslmode=require"
        ),
        (
            "postgres://gather@db/gather?sslpassword=aaa&password=secret",
            "postgres://gather@db/gather?sslpassword=***&password=***"
        ),
        ("postgres://db/gather?PASSWORD=a&password=b", "postgres://db/gather?PASSWORD=***&password=***"),
        ("smtp://anna:secret", "smtp://anna:***"), ("smtp://mail.example.org:587", "smtp://mail.example.org:587"),
        ("host=db password=secret user=a", "host=db password=*** user=a"),
        ("https://[::1]:8443/x", "https://[::1]:8443/x"),
        ("smtp:anna:secret@mail.example.org", "smtp:***@mail.example.org"),
        ("smtp://anna:what?secret@mail.example.org?ca=x", "smtp://anna:***@mail.example.org?ca=x"),
        (
            "s3://bucket/prefix?region=eu&endpoint=http://127.0.0.1:1",
            "s3://bucket/prefix?region=eu&endpoint=http://127.0.0.1:1"
        ),
        ("postgres://gather@db/gather", "postgres://gather@db/gather"),
        ("outbox:/srv/outbox", "outbox:/srv/outbox"), ("https://chat.example:8443", "https://chat.example:8443"),
    ])
    func passwordsAreMasked(_ url: String, _ shown: String) { #expect(MaskedURL(url).description == shown) }
}

/// A file that is there as long as the value.
final class TemporaryFile {
    let path: String

    init(_ text: String) throws {
        path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
