@testable import Commands

/// Any bytes as a zone file: refused, or rules that go on from the beginning of time to its end.
func checkZoneFile(_ bytes: [UInt8]) {
    guard let rules = TZifFile.rules(in: bytes) else { return }
    let moments = [0, 1_800_000_000, -2_000_000_000, 4_102_444_800, 253_402_300_799] + rules.transitions.suffix(4)
    for second in moments where second < ZoneRules.endOfTime { checkSegments(rules, from: second) }
    checkResolution(Zone(name: "Nowhere/Fuzz", rules: rules), at: Minute(29_000_000))
}

private func checkSegments(_ rules: ZoneRules, from second: Int64) {
    var second = second
    for _ in 0..<12 {
        let segment = rules.segment(at: second)
        require(segment.start <= second && second < segment.end, "\(segment) does not hold \(second).")
        require(abs(segment.offset) <= 26 * 3_600, "An offset of \(segment.offset) s.")
        // Within the years that can be planned there is always a next one.
        guard segment.end < 253_402_300_800 else { return }
        require(segment.end > second, "Time does not go on at \(second).")
        second = segment.end
    }
}

/// What the clocks show at a moment leads back to it, and any time of that day to something.
private func checkResolution(_ zone: Zone, at moment: Minute) {
    let local = zone.localTime(at: moment)
    if zone.offset(at: moment) % 60 == 0 {
        switch zone.resolve(local) {
        case .once(let found): require(found == moment, "A time that leads elsewhere.")
        case .twice(let first, let second):
            require(first < second && (first == moment || second == moment), "A time that leads elsewhere.")
        case .skipped: require(false, "The clocks showed what they skip.")
        }
    }
    for minute in stride(from: Int64(0), to: 1_440, by: 97) {
        _ = zone.resolve(LocalTime(date: local.date, minuteOfDay: minute))
    }
    let (today, tomorrow) = (zone.startOfDay(local.date), zone.startOfDay(local.date.advanced(by: 1)))
    require(today <= tomorrow, "A day that ends before it begins.")
}

/// Any text as the rule at the end of a zone file.
func checkYearlyRule(_ reader: inout InputReader) {
    let second = 1_700_000_000 + Int64(UInt64(bitPattern: reader.integer()) % 200_000_000_000)
    guard let rule = PosixZoneRule(parsing: reader.remaining()[...]) else { return }
    let rules = ZoneRules(
        checkedInitialOffset: rule.standardOffset, transitions: [1_600_000_000], offsets: [rule.standardOffset],
        rule: rule)
    guard let rules else { return require(false, "Rules of one transition are refused.") }
    checkSegments(rules, from: second)
    let offsets = [rule.standardOffset, rule.saving?.offset ?? rule.standardOffset]
    require(offsets.contains(rules.segment(at: second).offset), "An offset that the rule does not have.")
}

/// A zone of the system at any moment, against the system's own library.
func checkClocks(_ reader: inout InputReader) {
    let place = Whereabouts(&reader)
    let moment = place.now.minute
    if let shown = systemClock(place.zone.name, moment.sinceEpoch * 60) {
        let local = place.zone.localTime(at: moment)
        let isSame =
            local.date.daysSinceEpoch == shown.day && local.minuteOfDay == shown.minute
            && place.zone.offset(at: moment) == shown.offset
        require(isSame, "\(place.zone.name) shows another time at \(moment.rfc3339) than the system's library says.")
    }
    checkResolution(place.zone, at: moment)
}
