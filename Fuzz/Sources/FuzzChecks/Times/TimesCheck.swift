@testable import Commands

/// Runs an input through what reads times, zones, lengths, amounts of money and distances, against what they have to
/// mean; ends the process where a promise is broken.
///
/// The first byte says which; then come the place and the moment at which it is typed, where that matters.
package func checkTimes(_ input: UnsafeBufferPointer<UInt8>) {
    var reader = InputReader(input)
    switch reader.number(below: 7) {
    case 0: checkTypedWindow(&reader)
    case 1: checkTypedBound(&reader)
    case 2: checkWindowText(&reader)
    case 3: checkAmounts(String(decoding: reader.remaining(), as: UTF8.self))
    case 4: checkZoneFile(reader.remaining())
    case 5: checkYearlyRule(&reader)
    default: checkClocks(&reader)
    }
}

/// A place and a moment.
struct Whereabouts {
    let zone: Zone
    let now: Now

    private static let names = ZoneDatabase.system.names
    /// Clocks that change by an hour and by half of one, at midnight and around it; a day that was left out; and all others.
    private static let odd = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Havana",
        "America/Sao_Paulo", "America/St_Johns", "Africa/Casablanca", "Asia/Kathmandu", "Africa/Cairo",
        "America/Nuuk", "Antarctica/Troll", "Asia/Gaza", "UTC",
    ]

    /// In the years 1974 to 9974: by then all offsets were whole minutes, and there are ten years to come.
    init(_ reader: inout InputReader) {
        let number = Int(reader.byte()) | Int(reader.byte()) << 8
        let name =
            number < 0x8000 || Self.names.isEmpty
            ? Self.odd[number % Self.odd.count] : Self.names[number % Self.names.count]
        zone = Zone(named: name) ?? .utc
        let kind = reader.byte()
        let first: Int64 = 126_230_400
        // Most of them in this century, where the tables are; the others far off, where only rules are.
        let span: Int64 = kind < 0xC0 ? 3_200_000_000 : 252_460_800_000
        let second = first + Int64(UInt64(bitPattern: reader.integer()) % UInt64(span))
        now = Now(milliseconds: second * 1_000)
    }
}

private func checkTypedWindow(_ reader: inout InputReader) {
    let place = Whereabouts(&reader)
    let today = place.zone.date(at: place.now.minute).components
    let typed = TypedWindow(&reader, around: today.year)
    let meaning = WindowMeaning(clocks: ShownClocks(zone: place.zone), now: place.now.minute.sinceEpoch)
    let expected = meaning.verdict(typed)
    let parser = TimeParser(zone: place.zone, now: place.now)
    let found = "\(typed.text) in \(place.zone.name) at \(place.now.minute.rfc3339)"
    do throws(PlanningFailure) {
        let window = try parser.window(typed.text)
        let read = WindowMeaning.Verdict.window(window.start.sinceEpoch, window.end.sinceEpoch)
        require(read == expected, "\(found): \(read) for \(expected)")
        checkWindow(window, parser)
    } catch {
        guard case .refused(let fault) = expected else { return require(false, "\(found): \(error) for \(expected)") }
        require(fault == nil || fault == error, "\(found): \(error) for \(expected)")
    }
}

/// What `from=` and `until=` take.
private func checkTypedBound(_ reader: inout InputReader) {
    let place = Whereabouts(&reader)
    let clocks = ShownClocks(zone: place.zone)
    let parser = TimeParser(zone: place.zone, now: place.now)
    let date = TypedWindow.date(&reader, place.zone.date(at: place.now.minute).components.year)
    if reader.flag() {
        let (from, until) = (try? parser.from(date.text), try? parser.until(date.text))
        guard let day = date.found else { return require(from == nil && until == nil, "\(date.text) is no date.") }
        let (begins, ends) = (Minute(clocks.beginning(of: day)), Minute(clocks.beginning(of: day + 1)))
        require(from == begins && until == ends, "\(date.text) in \(place.zone.name)")
    } else {
        let (clock, offset) = (TypedWindow.clock(&reader), TypedWindow.offset(&reader))
        let text = "\(date.text)t\(clock.text)\(offset.text)"
        let read = try? parser.from(text)
        require(read == (try? parser.until(text)), "\(text) is two moments.")
        guard let day = date.found, clock.isStart else { return require(read == nil, "\(text) is no time.") }
        let moment =
            offset.minutes.map { day * 1_440 + clock.minuteOfDay - $0 }
            ?? clocks.moments(day: day, minute: clock.minuteOfDay).first
        require(read == moment.map { Minute($0) }, "\(text) in \(place.zone.name)")
    }
}

/// Any text at all.
private func checkWindowText(_ reader: inout InputReader) {
    let place = Whereabouts(&reader)
    let text = String(decoding: reader.remaining(), as: UTF8.self)
    let parser = TimeParser(zone: place.zone, now: place.now)
    let window = try? parser.window(text)
    let spread = text.split(separator: " ").joined(separator: "   ")
    require((try? parser.window("  \(spread) ")) == window, "Spaces made a difference.")
    // Letters beyond ASCII may change their length with their case.
    if text.utf8.allSatisfy({ $0 < 0x80 }) {
        require((try? parser.window(text.uppercased())) == window, "Capitals made a difference.")
        require((try? parser.window(text.lowercased())) == window, "Small letters made a difference.")
    }
    if let from = try? parser.from(text), let until = try? parser.until(text) {
        require(from <= until, "A bound that ends before it begins.")
    }
    if let window { checkWindow(window, parser) }
}

private func checkWindow(_ window: Window, _ parser: TimeParser) {
    require((1...20_160).contains(window.minutes), "A window of \(window.minutes) minutes.")
    require(!window.isOver(at: parser.now), "A window that is over.")
    let typed = "\(window.start.rfc3339) \(window.minutes)m"
    require((try? parser.window(typed)) == window, "\(typed) is another window than it came from.")
    let reading = ShownClocks(zone: parser.zone).shown(at: window.start.sinceEpoch)
    let date = SystemCalendar.date(ofDay: reading.day)
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let day = "\(weekdays[Int(reading.day % 7)]) \(date.day) \(months[Int(date.month - 1)])"
    let words = window.words(in: parser.zone, now: parser.now)
    require(words.hasPrefix(day), "\(words) does not begin on \(day).")
}
