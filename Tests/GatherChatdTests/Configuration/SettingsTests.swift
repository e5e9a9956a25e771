import ArgumentParser
import Commands
import NIOCore
import Testing

@testable import GatherChatd

@Suite("Settings")
struct SettingsTests {
    @Test func everySettingHasAFlagAndEveryFlagASetting() throws {
        var arguments: [String] = []
        for definition in SettingDefinition.all { arguments += ["--\(definition.name)", "x"] }
        let flags = try SettingFlags.parse(arguments)
        #expect(Set(flags.values.keys) == Set(SettingDefinition.all.map(\.name)))
    }

    @Test func flagsWinOverTheEnvironmentAndThatOverTheFile() throws {
        let file = try TemporaryFile(
            """
            server-name: c.example
            listen: ["127.0.0.1:3"]
            limits:
              replay: 8
              history-days: 30
            """)
        let environment = [
            "GATHER_SERVER_NAME": "a.example", "GATHER_LIMITS_REPLAY": "7", "GATHER_LISTEN": "127.0.0.1:1,[::1]:2",
            "GATHER_MAIL": "",
        ]
        let effective = try EffectiveSettings.read(
            flags: ["server-name": "b.example", "limits.command-rate": "9"], file: file.path, environment: environment)
        let settings = effective.settings
        #expect(settings.serverName == "b.example" && settings.limits.replay == 7 && settings.limits.commandRate == 9)
        #expect(settings.limits.historyDays == 30 && settings.mail == nil)
        #expect(settings.listen == [HostPort(host: "127.0.0.1", port: 1), HostPort(host: "::1", port: 2)])
        #expect(effective.source(of: "server-name") == .flag("server-name"))
        #expect(effective.source(of: "limits.replay") == .variable("GATHER_LIMITS_REPLAY"))
        #expect(effective.source(of: "limits.history-days") == .file(path: file.path, line: 5))
        #expect(effective.source(of: "mail") == .standard)
    }

    @Test func defaultsAreThoseOfTheDocumentation() throws {
        let settings = try EffectiveSettings.read(flags: [:], file: nil, environment: [:]).settings
        #expect(
            settings.listen == [HostPort(host: "::", port: 6_697)]
                && settings.web == HostPort(host: "127.0.0.1", port: 8_697))
        #expect(settings.limits == Limits() && settings.data == "./data")
    }

    @Test func aVariableThatIsNoSettingIsNoticed() throws {
        let effective = try EffectiveSettings.read(
            flags: [:], file: nil,
            environment: ["GATHER_LISEN": "x", "GATHER_LOOPS": "1", "GATHER_TEST_STORE": "x", "GATHERED": "x"])
        #expect(effective.unknownVariables == ["GATHER_LISEN"])
    }

    @Test(arguments: [
        ("listen", "6697"), ("listen", ""), ("listen", "::1:6697"), ("web", "127.0.0.1"), ("plain-listen", "0.0.0.0:1"),
        ("web-url", "ftp://x"), ("mail-from", "x"), ("loops", "0"), ("metrics", "9100"),
        ("log-level", "loud"), ("log-format", "xml"), ("limits.replay", "-1"), ("limits.history-page", "1001"),
        ("limits.exempt", "10.0.0.0/33"), ("server-name", "a b"), ("tls-cert", "x"),
    ])
    func aWrongValueNamesItsSetting(_ name: String, _ value: String) {
        let failure = #expect(throws: StartFailure.self) {
            try EffectiveSettings.read(flags: [name: value], file: nil, environment: [:])
        }
        #expect(failure?.description.contains("--\(name)") == true && failure?.exitCode == 78)
    }

    @Test func aWrongValueIsNamedAsItWasSet() throws {
        let variable = #expect(throws: StartFailure.self) {
            try EffectiveSettings.read(flags: [:], file: nil, environment: ["GATHER_LIMITS_REPLAY": "many"])
        }
        #expect(variable?.description == "GATHER_LIMITS_REPLAY takes a number from 0 to 100000")
        let file = try TemporaryFile("data: x\nlimits:\n  replay: many\n")
        let line = #expect(throws: StartFailure.self) {
            try EffectiveSettings.read(flags: [:], file: file.path, environment: [:])
        }
        #expect(line?.description == "\(file.path):3: limits.replay takes a number from 0 to 100000")
    }

    @Test(arguments: [("127.0.0.1:6697", "127.0.0.1", 6_697), ("[::]:0", "::", 0), ("localhost:1", "localhost", 1)])
    func addresses(_ text: String, _ host: String, _ port: Int) {
        #expect(HostPort(text) == HostPort(host: host, port: port) && HostPort(text)?.description == text)
    }

    @Test(arguments: [
        ("127.0.0.1:1", true), ("127.255.255.254:1", true), ("[::1]:1", true), ("localhost:1", true),
        ("127.example.org:1", false), ("127.1:1", false), ("0.0.0.0:1", false), ("[::]:1", false),
        ("128.0.0.1:1", false),
    ])
    func onlyThisMachineIsLoopback(_ text: String, _ isLoopback: Bool) throws {
        #expect(try #require(HostPort(text)).isLoopback == isLoopback)
    }

    @Test(arguments: [
        ("127.0.0.0/8", "127.9.9.9", true), ("127.0.0.0/8", "128.0.0.1", false), ("::1", "::1", true),
        ("::1", "::2", false), ("2001:db8::/33", "2001:db8:7fff::1", true),
        ("2001:db8::/33", "2001:db8:8000::1", false), ("10.0.0.1", "::ffff:10.0.0.1", true),
        ("0.0.0.0/0", "9.9.9.9", true), ("0.0.0.0/0", "::1", false),
    ])
    func networks(_ network: String, _ address: String, _ contains: Bool) throws {
        #expect(try #require(Network(network)).contains(SocketAddress(ipAddress: address, port: 1)) == contains)
    }

    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("::ffff:192.0.2.7", "192.0.2.7"),
        ("127.0.0.1", nil), ("::1", nil),
    ])
    func whatTheLimitsAnAddressCount(_ address: String, _ key: String?) throws {
        #expect(try SocketAddress(ipAddress: address, port: 1).key(exempt: Network.loopback).network == key)
    }

    @Test(arguments: [("chat.example.org", "chat.example.org"), ("box", "box.local")])
    func theServersNameAlwaysHoldsADot(_ set: String, _ name: String) { #expect(ServerName.full(set) == name) }
}
