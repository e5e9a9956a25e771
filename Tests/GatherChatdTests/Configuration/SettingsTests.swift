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

    @Test func flagsWinOverTheEnvironment() throws {
        let environment = [
            "GATHER_SERVER_NAME": "a.example", "GATHER_LIMITS_REPLAY": "7", "GATHER_LISTEN": "127.0.0.1:1,[::1]:2",
        ]
        let settings = try Settings.read(
            flags: ["server-name": "b.example", "limits.command-rate": "9"], environment: environment)
        #expect(settings.serverName == "b.example" && settings.limits.replay == 7 && settings.limits.commandRate == 9)
        #expect(settings.listen == [HostPort(host: "127.0.0.1", port: 1), HostPort(host: "::1", port: 2)])
    }

    @Test func defaultsAreThoseOfTheDocumentation() throws {
        let settings = try Settings.read(flags: [:], environment: [:])
        #expect(
            settings.listen == [HostPort(host: "::", port: 6_697)]
                && settings.web == HostPort(host: "127.0.0.1", port: 8_697))
        #expect(settings.limits == Limits() && settings.data == "./data")
    }

    @Test(arguments: [
        ("listen", "6697"), ("listen", "::1:6697"), ("web", "127.0.0.1"), ("plain-listen", "0.0.0.0:1"),
        ("web-url", "ftp://x"), ("mail-from", "x"), ("loops", "0"),
        ("log-level", "loud"), ("log-format", "xml"), ("limits.replay", "-1"), ("limits.history-page", "1001"),
        ("limits.exempt", "10.0.0.0/33"), ("server-name", "a b"), ("tls-cert", "x"),
    ])
    func aWrongValueNamesItsSetting(_ name: String, _ value: String) {
        do {
            _ = try Settings.read(flags: [name: value], environment: [:])
            Issue.record("taken")
        } catch {
            #expect("\(error)".contains("--\(name)") && (error as? StartFailure)?.exitCode == 78)
        }
    }

    @Test(arguments: [("127.0.0.1:6697", "127.0.0.1", 6_697), ("[::]:0", "::", 0), ("localhost:1", "localhost", 1)])
    func addresses(_ text: String, _ host: String, _ port: Int) {
        #expect(HostPort(text) == HostPort(host: host, port: port) && HostPort(text)?.description == text)
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
