import Foundation
import LineProtocol
import NIOCore
import Persistence
import Testing

@testable import Commands

@Suite("The registry, HELP and PROTOCOL.md say the same")
struct RegistryTests {
    static let registry = Registry.standard

    /// PROTOCOL.md, from the place of this file.
    static func specification() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent("PROTOCOL.md"), encoding: .utf8)
    }

    static func who(_ permission: Permission) -> String {
        switch permission {
        case .anybody: "any"
        case .user: "user"
        case .passwordUser: "pw"
        case .room(let role): role.rawValue
        case .memberOrInvited: "member, invited"
        case .roomVisitor: "visitor"
        }
    }

    /// The verb table as PROTOCOL.md has to hold it.
    static var table: String {
        let rows = registry.commands.map { command in
            let declaration = command.declaration
            let codes = declaration.codes.map(\.rawValue).joined(separator: " ")
            let usage = declaration.usage.replacingOccurrences(of: "|", with: "\\|")
            return "| `\(usage)` | \(who(declaration.permission)) | \(codes) | \(declaration.help) |"
        }
        return (["| Verb | Who | Own codes | What it does |", "| --- | --- | --- | --- |"] + rows).joined(
            separator: "\n")
    }

    @Test func theVerbTableOfTheSpecificationIsTheRegistry() throws {
        let text = try Self.specification()
        #expect(text.contains(Self.table), "PROTOCOL.md needs this verb table:\n\(Self.table)")
    }

    @Test func theSpecificationShowsTheOKLineOfEveryVerb() throws {
        let text = try Self.specification()
        for command in Self.registry.commands {
            let declaration = command.declaration
            let words = declaration.answersWithSecond ? declaration.name : declaration.verb
            #expect(text.contains("\nOK \(words)"), "no OK line of \(declaration.name)")
        }
    }

    @Test func theSpecificationNamesEveryCodeAndEveryLimit() throws {
        let text = try Self.specification()
        for code in FailCode.allCases { #expect(text.contains(code.rawValue)) }
        for setting in Limits.settings { #expect(text.contains("`\(setting.name)`"), "\(setting.name)") }
    }

    @Test func noTwoCommandsShareTheirWords() {
        let names = Self.registry.commands.map(\.declaration.name)
        #expect(Set(names).count == names.count)
    }

    @Test func everyHelpIsOneSentenceAndEveryUsageFitsALine() {
        for command in Self.registry.commands {
            let declaration = command.declaration
            #expect(declaration.help.hasSuffix(".") && declaration.verb == declaration.verb.uppercased())
            #expect("HELP \(declaration.verb) :\(declaration.usage) - \(declaration.help)".utf8.count < 400)
        }
    }

    @Test func declaredWordsCanBeReadAndTextComesLast() {
        for command in Self.registry.commands {
            let parameters = command.declaration.parameters
            for (index, parameter) in parameters.enumerated() {
                if case .text = parameter { #expect(index == parameters.count - 1) }
                if case .options = parameter { #expect(index == parameters.count - 1) }
                if case .room = parameter { #expect(index == 0) }
            }
        }
    }

    @Test(arguments: [
        ("MGS", "MSG"), ("JION", "JOIN"), ("AVIAL", "AVAIL"), ("WEHN", "WHEN"), ("HLEP", "HELP"), ("STAT", "STATS"),
    ])
    func theNearestVerbIsNamed(_ typed: String, _ meant: String) {
        #expect(Self.registry.nearestVerb(to: typed) == meant)
    }

    static func read(_ name: String, _ parameters: String, current: String? = nil) throws -> Arguments {
        let command = try #require(registry.commands.first { $0.declaration.name == name })
        return try command.declaration.read(
            ParameterReader(ByteBuffer(string: parameters)), currentRoom: current.flatMap { RoomName($0) })
    }

    @Test func aRoomThatMayBeLeftOutIsToldByItsHash() throws {
        #expect(try Self.read("KICK", "#a bob too loud").room == .named(try #require(RoomName("a")), typed: "#a"))
        let left = try Self.read("KICK", "bob too loud", current: "tea")
        #expect(left.room?.name.shown == "tea" && left["username"] == "bob" && left.text == "too loud")
        #expect(throws: Failure.noRoom) { try Self.read("KICK", "bob") }
        #expect(try Self.read("MSG", "a hi").room?.name.shown == "a")
    }

    @Test(arguments: [
        ("JOIN", "#a", [String: String](), nil as String?), ("JOIN", "#a since=4", ["since": "4"], nil),
        ("JOIN", "#a k7m2 SINCE=4", ["since": "4"], "k7m2"),
    ])
    func anOptionalWordGivesWayToAnOption(_ name: String, _ line: String, _ options: [String: String], _ code: String?)
        throws
    {
        let arguments = try Self.read(name, line)
        #expect(arguments.options == options && arguments["code"] == code)
    }

    @Test(arguments: [("0", 0), ("7", 7), ("9223372036854775807", Int64.max)])
    func numbersOfTheWire(_ text: String, _ number: Int64) { #expect(WireNumber.parse(text) == number) }

    @Test(arguments: ["", "-1", "+1", "01", "1.0", "1e3", "9223372036854775808", "99999999999999999999", "٧", " 1"])
    func whatIsNoNumber(_ text: String) { #expect(WireNumber.parse(text) == nil) }
}

@Suite("Limits")
struct LimitTests {
    @Test func everyLimitHasAnOwnNameAndADefaultInItsRange() {
        let limits = Limits()
        #expect(Limits.settings.count == 24 && Set(Limits.settings.map(\.name)).count == 24)
        for setting in Limits.settings {
            #expect(setting.range.contains(limits[keyPath: setting.path]), "\(setting.name)")
        }
    }

    @Test func aRateIsCountedInASlidingTime() {
        let limiter = RateLimiter(limit: 2, seconds: 10)
        func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1_000) }
        #expect(limiter.take("a", now: at(0)) == nil && limiter.take("a", now: at(4)) == nil)
        #expect(limiter.take("a", now: at(5)) == 5 && limiter.check("a", now: at(9)) == 1)
        #expect(limiter.take("b", now: at(5)) == nil)
        #expect(limiter.take("a", now: at(10)) == nil && limiter.take("a", now: at(11)) == 3)
        // A clock that jumps back locks nobody out for longer than the time itself.
        #expect(limiter.take("a", now: at(-100)) == nil)
    }

    @Test func aLimitOfZeroIsNone() {
        let limiter = RateLimiter(limit: 0, seconds: 10)
        for _ in 0..<100 { #expect(limiter.take("a", now: Timestamp(milliseconds: 0)) == nil) }
    }

    @Test func rememberedKeysAreBoundedAndNobodyIsLockedOutByStrangers() {
        let limiter = RateLimiter(limit: 1, seconds: 10, capacity: 100)
        for number in 0..<1_000 { _ = limiter.take("\(number)", now: Timestamp(milliseconds: 0)) }
        #expect(limiter.take("new", now: Timestamp(milliseconds: 1)) == nil)
        #expect(limiter.take("0", now: Timestamp(milliseconds: 1)) != nil)
    }

    @Test func aFullTableIsGoneThroughOnceASecondAtTheMost() {
        let limiter = RateLimiter(limit: 1, seconds: 10, capacity: 100)
        for number in 0..<100 { _ = limiter.take("\(number)", now: Timestamp(milliseconds: 0)) }
        // Nothing is over yet: it was looked for once, and is looked for again a second later.
        _ = limiter.take("early", now: Timestamp(milliseconds: 9_500))
        for time in [Int64(10_000), 10_499] {
            #expect(limiter.take("new", now: Timestamp(milliseconds: time)) == nil)
            #expect(limiter.check("new", now: Timestamp(milliseconds: time)) == nil)
        }
        #expect(limiter.take("new", now: Timestamp(milliseconds: 10_500)) == nil)
        #expect(limiter.check("new", now: Timestamp(milliseconds: 10_500)) != nil)
    }
}
