/// A time zone of the IANA database: what the clocks of a place show, and when.
///
/// Data comes from the system's compiled zone files (RFC 8536), so that `apt upgrade` keeps the rules
/// right; each file is read once for the life of the process. All arithmetic is our own. Two zones
/// are equal when their names are: `Europe/Kiev` and `Europe/Kyiv` are not.
public struct Zone: Hashable, Sendable {
    /// The name in the case of the database: `Europe/Berlin`.
    public let name: String
    let rules: ZoneRules

    /// Universal time, the zone of everybody who has set none. Needs no file.
    public static let utc = Zone(name: "UTC", rules: .utc)

    /// The zone with this name in any case, or nil if the database has none. The first use of a zone
    /// reads a file of a few kilobytes, so it belongs where an account is loaded, not in a loop.
    public init?(named name: String) {
        guard let zone = ZoneDatabase.system.zone(named: name) else { return nil }
        self = zone
    }

    init(name: String, rules: ZoneRules) {
        self.name = name
        self.rules = rules
    }

    public static func == (left: Zone, right: Zone) -> Bool { left.name == right.name }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// Clock and calendar at a place: a date, and the minute of that day (0 to 1,439).
struct LocalTime: Hashable, Sendable {
    var date: CivilDate
    var minuteOfDay: Int64
}

/// What a local time stands for.
enum LocalTimeResolution: Hashable, Sendable {
    /// The clocks show it once.
    case once(Minute)
    /// The clocks are put back over it, and show it twice.
    case twice(first: Minute, second: Minute)
    /// The clocks are put forward over it; the next moment after the jump.
    case skipped(next: Minute)
}

extension Zone {
    /// Seconds that the clocks here are ahead of UTC at `minute`.
    func offset(at minute: Minute) -> Int64 {
        rules.segment(at: minute.sinceEpoch * 60).offset
    }

    /// What the clocks here show at `minute`.
    func localTime(at minute: Minute) -> LocalTime {
        let seconds = minute.sinceEpoch * 60 + offset(at: minute)
        let (days, secondOfDay) = CivilTime.divide(seconds, by: CivilTime.secondsPerDay)
        return LocalTime(date: CivilDate(daysSinceEpoch: days), minuteOfDay: secondOfDay / 60)
    }

    /// The day here at `minute`.
    func date(at minute: Minute) -> CivilDate { localTime(at: minute).date }

    /// The moments at which the clocks here show `local`.
    ///
    /// Walks the stretches of constant offset that can matter (no place is more than 26 h from UTC)
    /// and keeps those in which the clocks do show the time.
    func resolve(_ local: LocalTime) -> LocalTimeResolution {
        let shown = local.date.daysSinceEpoch * CivilTime.secondsPerDay + local.minuteOfDay * 60
        let reach: Int64 = 26 * 3_600
        var found: Int64?
        var segment = rules.segment(at: shown - reach)
        while true {
            let candidate = shown - segment.offset
            if candidate < segment.start, found == nil {
                return .skipped(next: Self.minute(segment.start))
            }
            if candidate >= segment.start, candidate < segment.end {
                if let first = found {
                    return .twice(first: Self.minute(first), second: Self.minute(candidate))
                }
                found = candidate
            }
            guard segment.end <= shown + reach else { break }
            segment = rules.segment(at: segment.end)
        }
        return .once(Self.minute(found ?? shown))
    }

    /// The first moment of `date` here: midnight, or the end of the jump that skips midnight. For a day
    /// that a zone leaves out altogether it is the first moment of the next.
    func startOfDay(_ date: CivilDate) -> Minute {
        switch resolve(LocalTime(date: date, minuteOfDay: 0)) {
        case .once(let minute), .twice(first: let minute, second: _), .skipped(next: let minute):
            minute
        }
    }

    /// Whether the clocks show the time of `minute` a second time, before or after it.
    func isAmbiguous(_ minute: Minute) -> Bool {
        if case .twice = resolve(localTime(at: minute)) { true } else { false }
    }

    private static func minute(_ seconds: Int64) -> Minute {
        Minute(CivilTime.divide(seconds, by: 60).quotient)
    }
}
