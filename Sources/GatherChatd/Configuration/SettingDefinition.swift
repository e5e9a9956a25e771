import Commands
import Logging
import NIOCore

/// What a setting takes, for the complaint about a value that it does not take.
struct SettingRefusal: Error, Equatable {
    let takes: String

    init(takes: String) { self.takes = takes }
}

/// One setting: its name as flag, variable and YAML key, how its text becomes a value, and how the value is shown.
struct SettingDefinition: Sendable {
    /// A value that is in effect, as `gatherchatd config` writes it.
    enum Shown: Sendable, Equatable {
        /// `nil` is nothing: there is no default.
        case text(String?)
        case number(Int)
        case list([String])
    }

    /// `data`, `tls-cert`, `limits.connections`.
    let name: String
    /// Sets the value.
    let apply: @Sendable (inout Settings, _ text: String) throws(SettingRefusal) -> Void
    /// The value in effect; passwords within it as they are.
    let show: @Sendable (Settings) -> Shown

    /// Takes several values, in a file as a list.
    var isList: Bool {
        if case .list = show(Settings()) { true } else { false }
    }

    /// The environment variable: `GATHER_LIMITS_CONNECTIONS`.
    var variable: String { Self.variable(name) }

    static func variable(_ name: String) -> String {
        "GATHER_" + name.uppercased().replacing(".", with: "_").replacing("-", with: "_")
    }

    static func named(_ name: String) -> SettingDefinition? { byName[name] }

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// All settings, in the order of the documentation.
    static let all: [SettingDefinition] = places + networks + people + logs + Limits.settings.map(limit) + [exempt]

    private static let places = [
        SettingDefinition(
            name: "data",
            apply: { (settings, text) throws(SettingRefusal) in
                guard !text.isEmpty else { throw SettingRefusal(takes: "a folder") }
                settings.data = text
            }, show: { .text($0.data) }),
        SettingDefinition(
            name: "database", apply: { $0.database = $1 },
            show: { .text($0.databaseURL) }),
        SettingDefinition(
            name: "blobs", apply: { $0.blobs = $1 }, show: { .text($0.blobsURL) }),
    ]

    private static let networks = [
        SettingDefinition(
            name: "listen",
            apply: { (settings, text) throws(SettingRefusal) in
                let addresses = try addresses(text)
                guard !addresses.isEmpty else { throw SettingRefusal(takes: "at least one HOST:PORT") }
                settings.listen = addresses
            },
            show: { .list($0.listen.map(\.description)) }),
        SettingDefinition(
            name: "plain-listen",
            apply: { (settings, text) throws(SettingRefusal) in
                let addresses = try addresses(text)
                guard addresses.allSatisfy(\.isLoopback) else {
                    throw SettingRefusal(takes: "loopback addresses only: it is not encrypted")
                }
                settings.plainListen = addresses
            }, show: { .list($0.plainListen.map(\.description)) }),
        SettingDefinition(
            name: "tls-cert", apply: { $0.tlsCertificate = $1 },
            show: { .text($0.tlsCertificate) }),
        SettingDefinition(
            name: "tls-key", apply: { $0.tlsKey = $1 },
            show: { .text($0.tlsKey) }),
        SettingDefinition(
            name: "web", apply: { (settings, text) throws(SettingRefusal) in settings.web = try address(text) },
            show: { .text("\($0.web)") }),
        SettingDefinition(
            name: "web-url",
            apply: { (settings, text) throws(SettingRefusal) in
                guard text.hasPrefix("http://") || text.hasPrefix("https://"),
                    text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
                else { throw SettingRefusal(takes: "a URL that begins with https:// or http://") }
                settings.webURL = text.hasSuffix("/") ? String(text.dropLast()) : text
            }, show: { .text($0.webURL) }),
        SettingDefinition(
            name: "metrics",
            apply: { (settings, text) throws(SettingRefusal) in settings.metrics = try address(text) },
            show: { .text($0.metrics?.description) }),
    ]

    private static let people = [
        SettingDefinition(
            name: "mail", apply: { $0.mail = $1 }, show: { .text($0.mailURL) }),
        SettingDefinition(
            name: "mail-from",
            apply: { (settings, text) throws(SettingRefusal) in
                guard let address = EmailAddress(text) else { throw SettingRefusal(takes: "a mail address") }
                settings.mailFrom = address.shown
            }, show: { .text($0.mailSender(serverName: ServerName.full($0.serverName))) }),
        SettingDefinition(
            name: "server-name",
            apply: { (settings, text) throws(SettingRefusal) in
                let isName = text.utf8.allSatisfy {
                    ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a || $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2d || $0 == 0x2e
                }
                guard isName, (1...200).contains(text.utf8.count) else { throw SettingRefusal(takes: "a host name") }
                settings.serverName = text
            }, show: { .text(ServerName.full($0.serverName)) }),
    ]

    private static let logs = [
        SettingDefinition(
            name: "loops",
            apply: { (settings, text) throws(SettingRefusal) in
                settings.loops = try number(text, in: 1...256)
            }, show: { .number($0.loops ?? System.coreCount) }),
        SettingDefinition(
            name: "log-level",
            apply: { (settings, text) throws(SettingRefusal) in
                guard let level = Logger.Level(rawValue: text.lowercased()) else {
                    throw SettingRefusal(takes: "trace, debug, info, notice, warning, error or critical")
                }
                settings.logLevel = level
            }, show: { .text($0.logLevel.rawValue) }),
        SettingDefinition(
            name: "log-format",
            apply: { (settings, text) throws(SettingRefusal) in
                guard let format = Settings.LogFormat(rawValue: text.lowercased()) else {
                    throw SettingRefusal(takes: "text or json")
                }
                settings.logFormat = format
            }, show: { .text($0.logFormat.rawValue) }),
    ]

    private static let exempt = SettingDefinition(
        name: "limits.exempt",
        apply: { (settings, text) throws(SettingRefusal) in
            var networks: [Network] = []
            for entry in list(text) {
                guard let network = Network(entry) else { throw SettingRefusal(takes: "ADDRESS or ADDRESS/BITS") }
                networks.append(network)
            }
            settings.exempt = networks
        }, show: { .list($0.exempt.map(\.description)) })

    private static func limit(_ setting: Limits.Setting) -> SettingDefinition {
        SettingDefinition(
            name: "limits.\(setting.name)",
            apply: { (settings, text) throws(SettingRefusal) in
                settings.limits[keyPath: setting.path] = try number(text, in: setting.range)
            }, show: { .number($0.limits[keyPath: setting.path]) })
    }

    private static func number(_ text: String, in range: ClosedRange<Int>) throws(SettingRefusal) -> Int {
        guard let value = Int(text), range.contains(value) else {
            throw SettingRefusal(takes: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.trimmingPrefix(while: { $0 == " " })) }
    }

    private static func address(_ text: String) throws(SettingRefusal) -> HostPort {
        guard let address = HostPort(text) else { throw SettingRefusal(takes: "HOST:PORT, an IPv6 host in brackets") }
        return address
    }

    private static func addresses(_ text: String) throws(SettingRefusal) -> [HostPort] {
        var addresses: [HostPort] = []
        for entry in list(text) { addresses.append(try address(entry)) }
        return addresses
    }
}
