import ArgumentParser

/// `--limits.NAME VALUE` for every limit. The texts go where those of the other layers go (`SettingDefinition`), so
/// that a value is read in one place whatever it came from; a test holds both lists together.
struct LimitFlags: ParsableArguments {
    @Option(name: .customLong("limits.connections"), help: "open connections in all") var connections: String?
    @Option(
        name: .customLong("limits.connections-per-address"), help: "open connections an address (IPv4 /32, IPv6 /64)")
    var connectionsPerAddress: String?
    @Option(name: .customLong("limits.connections-per-person"), help: "logged-in connections a person")
    var connectionsPerPerson: String?
    @Option(name: .customLong("limits.login-grace"), help: "seconds until a connection must have logged in")
    var loginGrace: String?
    @Option(name: .customLong("limits.reader-queue"), help: "bytes of events that may wait for a reader")
    var readerQueue: String?
    @Option(name: .customLong("limits.command-rate"), help: "lines a second after the burst; 0 is no limit")
    var commandRate: String?
    @Option(name: .customLong("limits.command-burst"), help: "lines at once") var commandBurst: String?
    @Option(name: .customLong("limits.login-failures-per-address"), help: "failed log-ins in 10 minutes; 0 is no limit")
    var loginFailuresPerAddress: String?
    @Option(name: .customLong("limits.login-failures-per-account"), help: "failed log-ins in 10 minutes; 0 is no limit")
    var loginFailuresPerAccount: String?
    @Option(name: .customLong("limits.mails-per-address"), help: "mails an hour to one mail address; 0 is no limit")
    var mailsPerAddress: String?
    @Option(
        name: .customLong("limits.signups-per-address"), help: "SIGNUPs an hour from one network address; 0 is no limit"
    ) var signupsPerAddress: String?
    @Option(name: .customLong("limits.rooms-per-person"), help: "rooms a person is in") var roomsPerPerson: String?
    @Option(name: .customLong("limits.members-per-room"), help: "members a room") var membersPerRoom: String?
    @Option(name: .customLong("limits.invite-codes-per-room"), help: "live codes a room") var inviteCodesPerRoom:
        String?
    @Option(name: .customLong("limits.invites-per-day"), help: "INVITEs by name a person; 0 is no limit")
    var invitesPerDay: String?
    @Option(name: .customLong("limits.windows-per-person"), help: "windows a person and room") var windowsPerPerson:
        String?
    @Option(name: .customLong("limits.replay"), help: "messages that JOIN replays without since=") var replay: String?
    @Option(name: .customLong("limits.history-page"), help: "messages of a HISTORY without limit=") var historyPage:
        String?
    @Option(name: .customLong("limits.history-days"), help: "days that messages are kept; 0 is for ever")
    var historyDays: String?
    @Option(name: .customLong("limits.avatar-bytes"), help: "bytes of an uploaded picture") var avatarBytes: String?
    @Option(name: .customLong("limits.avatar-pixels"), help: "pixels of an uploaded picture") var avatarPixels: String?
    @Option(name: .customLong("limits.avatars-per-hour"), help: "uploads a person; 0 is no limit") var avatarsPerHour:
        String?
    @Option(name: .customLong("limits.tokens-per-person"), help: "named tokens a person") var tokensPerPerson: String?
    @Option(name: .customLong("limits.exports-per-minute"), help: "EXPORTs a person; 0 is no limit")
    var exportsPerMinute: String?
    @Option(
        name: .customLong("limits.exempt"),
        help:
            "an address that the limits an address do not count, ADDRESS or ADDRESS/BITS (repeatable; replaces loopback)"
    )
    var exempt: [String] = []

    var values: [String: String] {
        var values: [String: String?] = [
            "limits.connections": connections,
            "limits.connections-per-address": connectionsPerAddress,
            "limits.connections-per-person": connectionsPerPerson,
            "limits.login-grace": loginGrace,
            "limits.reader-queue": readerQueue,
            "limits.command-rate": commandRate,
            "limits.command-burst": commandBurst,
            "limits.login-failures-per-address": loginFailuresPerAddress,
            "limits.login-failures-per-account": loginFailuresPerAccount,
            "limits.mails-per-address": mailsPerAddress,
            "limits.signups-per-address": signupsPerAddress,
            "limits.rooms-per-person": roomsPerPerson,
            "limits.members-per-room": membersPerRoom,
            "limits.invite-codes-per-room": inviteCodesPerRoom,
            "limits.invites-per-day": invitesPerDay,
            "limits.windows-per-person": windowsPerPerson,
            "limits.replay": replay,
            "limits.history-page": historyPage,
            "limits.history-days": historyDays,
            "limits.avatar-bytes": avatarBytes,
            "limits.avatar-pixels": avatarPixels,
            "limits.avatars-per-hour": avatarsPerHour,
            "limits.tokens-per-person": tokensPerPerson,
            "limits.exports-per-minute": exportsPerMinute,
        ]
        if !exempt.isEmpty { values["limits.exempt"] = exempt.joined(separator: ",") }
        return values.compactMapValues { $0 }
    }
}
