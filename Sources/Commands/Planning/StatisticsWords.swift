extension Statistics.Row {
    /// The words of the row, times in the zone of the one who reads.
    public func words(in zone: Zone, now: Now) -> String {
        switch self {
        case .member(let name, let mood, let budget, let distance, let windows, let saidNone):
            let parts = [
                mood ?? "no mood", budget?.words ?? "no budget", distance?.words ?? "no distance",
                Self.windows(windows, saidNone: saidNone),
            ]
            return "\(name): \(parts.joined(separator: ", "))"
        case .mood(let mood, let count, let counted):
            return "\(mood): \(count) of \(counted)"
        case .budget(let range, let suits, let counted):
            return "\(range.words) suits \(Self.share(suits, of: counted))"
        case .distance(let common, let median, let counted):
            let suits = "\(common.words) suits \(Self.share(counted, of: counted))"
            return counted == 1 ? suits : "\(suits), the median is \(median.words)"
        case .when(let row):
            return row.words(in: zone, now: now)
        }
    }

    private static func share(_ count: Int, of counted: Int) -> String {
        if counted == 1 { return "the one who entered one" }
        return count == counted ? "all \(counted)" : "\(count) of \(counted)"
    }

    private static func windows(_ count: Int, saidNone: Bool) -> String {
        if count == 0, saidNone { return "no time" }
        return count == 1 ? "1 window" : "\(count) windows"
    }
}

extension Statistics {
    /// The words of the OK line; nil where all members have answered.
    public static func summary(answered: Int, of members: Int) -> String? {
        guard answered < members else { return nil }
        if answered == 0 { return "Nobody has entered anything yet: /avail, /mood, /budget, /distance" }
        return "\(answered) of \(members) members have entered something."
    }
}
