/// Every limit that an operator may set, with its default, in one home (protocol.md, section 14).
///
/// 0 means "no limit" for the rates, and "for ever" for `historyDays`.
public struct Limits: Sendable, Equatable {
    /// Open connections in all.
    public var connections = 10_000
    /// Open connections an address (IPv4 /32, IPv6 /64).
    public var connectionsPerAddress = 32
    /// Logged-in connections a person.
    public var connectionsPerPerson = 16
    /// Seconds until a connection must have logged in.
    public var loginGrace = 600
    /// Bytes of events that may wait for a reader.
    public var readerQueue = 1_048_576
    /// Lines a second after the burst; beyond that a connection is read more slowly.
    public var commandRate = 100
    /// Lines at once.
    public var commandBurst = 500
    /// Failed log-ins in 10 minutes.
    public var loginFailuresPerAddress = 20
    /// Failed log-ins in 10 minutes.
    public var loginFailuresPerAccount = 100
    /// Mails an hour to one mail address.
    public var mailsPerAddress = 5
    /// SIGNUPs an hour from one network address, and as many RESETs.
    public var signupsPerAddress = 20
    public var roomsPerPerson = 100
    public var membersPerRoom = 200
    /// Live codes.
    public var inviteCodesPerRoom = 20
    /// INVITEs by name a person.
    public var invitesPerDay = 50
    /// Windows a person and room.
    public var windowsPerPerson = 200
    /// Messages that JOIN replays without `since=`.
    public var replay = 50
    /// Messages of a HISTORY without `limit=`.
    public var historyPage = 50
    /// Days that messages are kept.
    public var historyDays = 0
    /// Bytes of an uploaded picture.
    public var avatarBytes = 4_194_304
    /// Pixels of an uploaded picture.
    public var avatarPixels = 40_000_000
    /// Uploads a person.
    public var avatarsPerHour = 30
    /// Named tokens.
    public var tokensPerPerson = 20
    /// EXPORTs a person.
    public var exportsPerMinute = 1

    public init() {}
}

extension Limits {
    /// A limit's name on the command line (`--limits.connections`) and where its value is.
    public struct Setting: Sendable {
        public let name: String
        public let path: any WritableKeyPath<Limits, Int> & Sendable
        public let range: ClosedRange<Int>
        public let help: String
    }

    /// All limits by name, in the order of the documentation.
    public static let settings: [Setting] = [
        Setting(name: "connections", path: \.connections, range: 1...1_000_000, help: "open connections in all"),
        Setting(
            name: "connections-per-address", path: \.connectionsPerAddress, range: 1...1_000_000,
            help: "open connections an address (IPv4 /32, IPv6 /64)"),
        Setting(
            name: "connections-per-person", path: \.connectionsPerPerson, range: 1...1_000_000,
            help: "logged-in connections a person"),
        Setting(
            name: "login-grace", path: \.loginGrace, range: 1...86_400,
            help: "seconds until a connection must have logged in"),
        Setting(
            name: "reader-queue", path: \.readerQueue, range: 16_384...1_073_741_824,
            help: "bytes of events that may wait for a reader"),
        Setting(
            name: "command-rate", path: \.commandRate, range: 0...1_000_000,
            help: "lines a second after the burst; 0 is no limit"),
        Setting(name: "command-burst", path: \.commandBurst, range: 1...1_000_000, help: "lines at once"),
        Setting(
            name: "login-failures-per-address", path: \.loginFailuresPerAddress, range: 0...1_000_000,
            help: "failed log-ins in 10 minutes; 0 is no limit"),
        Setting(
            name: "login-failures-per-account", path: \.loginFailuresPerAccount, range: 0...1_000_000,
            help: "failed log-ins in 10 minutes; 0 is no limit"),
        Setting(
            name: "mails-per-address", path: \.mailsPerAddress, range: 0...1_000_000,
            help: "mails an hour to one mail address; 0 is no limit"),
        Setting(
            name: "signups-per-address", path: \.signupsPerAddress, range: 0...1_000_000,
            help: "SIGNUPs an hour from one network address, and RESETs; 0 is no limit"),
        Setting(name: "rooms-per-person", path: \.roomsPerPerson, range: 1...100_000, help: "rooms a person is in"),
        Setting(name: "members-per-room", path: \.membersPerRoom, range: 1...100_000, help: "members a room"),
        Setting(
            name: "invite-codes-per-room", path: \.inviteCodesPerRoom, range: 1...10_000, help: "live codes a room"),
        Setting(
            name: "invites-per-day", path: \.invitesPerDay, range: 0...1_000_000,
            help: "INVITEs by name a person; 0 is no limit"),
        Setting(
            name: "windows-per-person", path: \.windowsPerPerson, range: 1...10_000, help: "windows a person and room"),
        Setting(name: "replay", path: \.replay, range: 0...100_000, help: "messages that JOIN replays without since="),
        Setting(
            name: "history-page", path: \.historyPage, range: 1...1_000, help: "messages of a HISTORY without limit="),
        Setting(
            name: "history-days", path: \.historyDays, range: 0...36_500,
            help: "days that messages are kept; 0 is for ever"),
        Setting(
            name: "avatar-bytes", path: \.avatarBytes, range: 1_024...67_108_864, help: "bytes of an uploaded picture"),
        Setting(
            name: "avatar-pixels", path: \.avatarPixels, range: 1...1_000_000_000, help: "pixels of an uploaded picture"
        ),
        Setting(
            name: "avatars-per-hour", path: \.avatarsPerHour, range: 0...1_000_000,
            help: "uploads a person; 0 is no limit"),
        Setting(name: "tokens-per-person", path: \.tokensPerPerson, range: 1...1_000, help: "named tokens a person"),
        Setting(
            name: "exports-per-minute", path: \.exportsPerMinute, range: 0...1_000_000,
            help: "EXPORTs a person; 0 is no limit"),
    ]
}
