import Commands
import Logging

/// One setting: its name as flag, variable and YAML key, and how its text becomes a value.
struct SettingDefinition: Sendable {
    /// `data`, `tls-cert`, `limits.connections`.
    let name: String
    /// Sets the value.
    /// - Throws: `StartFailure.configuration`, saying what the setting takes.
    let apply: @Sendable (inout Settings, _ text: String) throws -> Void

    /// All settings, in the order of the documentation.
    static let all: [SettingDefinition] =
        [
            text("data", \.data),
            SettingDefinition(name: "listen") { $0.listen = try addresses($1, of: "listen") },
            SettingDefinition(name: "plain-listen") { settings, text in
                settings.plainListen = try addresses(text, of: "plain-listen")
                guard settings.plainListen.allSatisfy(\.isLoopback) else {
                    throw StartFailure.configuration(
                        "--plain-listen takes loopback addresses only: it is not encrypted")
                }
            },
            optionalText("tls-cert", \.tlsCertificate),
            optionalText("tls-key", \.tlsKey),
            SettingDefinition(name: "web") { settings, text in
                guard let address = HostPort(text) else { throw wrong("web", "HOST:PORT") }
                settings.web = address
            },
            SettingDefinition(name: "web-url") { settings, text in
                guard text.hasPrefix("http://") || text.hasPrefix("https://"),
                    text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
                else { throw wrong("web-url", "a URL that begins with https:// or http://") }
                settings.webURL = text.hasSuffix("/") ? String(text.dropLast()) : text
            },
            optionalText("database", \.database),
            optionalText("mail", \.mail),
            SettingDefinition(name: "mail-from") { settings, text in
                guard let address = EmailAddress(text) else { throw wrong("mail-from", "a mail address") }
                settings.mailFrom = address.shown
            },
            optionalText("blobs", \.blobs),
            SettingDefinition(name: "server-name") { settings, text in
                let isName = text.utf8.allSatisfy {
                    ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a || $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2d || $0 == 0x2e
                }
                guard isName, (1...200).contains(text.utf8.count) else { throw wrong("server-name", "a host name") }
                settings.serverName = text
            },
            SettingDefinition(name: "loops") { settings, text in
                guard let loops = Int(text), (1...256).contains(loops) else {
                    throw wrong("loops", "a number from 1 to 256")
                }
                settings.loops = loops
            },
            SettingDefinition(name: "log-level") { settings, text in
                guard let level = Logger.Level(rawValue: text.lowercased()) else {
                    throw wrong("log-level", "trace, debug, info, notice, warning, error or critical")
                }
                settings.logLevel = level
            },
            SettingDefinition(name: "log-format") { settings, text in
                guard let format = Settings.LogFormat(rawValue: text.lowercased()) else {
                    throw wrong("log-format", "text or json")
                }
                settings.logFormat = format
            },
            SettingDefinition(name: "limits.exempt") { settings, text in
                settings.exempt = try list(text).map { entry in
                    guard let network = Network(entry) else { throw wrong("limits.exempt", "ADDRESS or ADDRESS/BITS") }
                    return network
                }
            },
        ] + Limits.settings.map(limit)

    private static func text(_ name: String, _ path: any WritableKeyPath<Settings, String> & Sendable)
        -> SettingDefinition
    {
        SettingDefinition(name: name) { $0[keyPath: path] = $1 }
    }

    private static func optionalText(
        _ name: String, _ path: any WritableKeyPath<Settings, String?> & Sendable
    ) -> SettingDefinition {
        SettingDefinition(name: name) { $0[keyPath: path] = $1 }
    }

    private static func limit(_ setting: Limits.Setting) -> SettingDefinition {
        let name = "limits.\(setting.name)"
        return SettingDefinition(name: name) { settings, text in
            guard let value = Int(text), setting.range.contains(value) else {
                throw wrong(name, "a number from \(setting.range.lowerBound) to \(setting.range.upperBound)")
            }
            settings.limits[keyPath: setting.path] = value
        }
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.trimmingPrefix(while: { $0 == " " })) }
    }

    private static func addresses(_ text: String, of name: String) throws -> [HostPort] {
        try list(text).map { entry in
            guard let address = HostPort(entry) else { throw wrong(name, "HOST:PORT, an IPv6 host in brackets") }
            return address
        }
    }

    private static func wrong(_ name: String, _ takes: String) -> StartFailure {
        .configuration("--\(name) takes \(takes)")
    }
}
