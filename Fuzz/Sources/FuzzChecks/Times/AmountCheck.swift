@testable import Commands

/// Any text as a length, a budget, a distance and a currency, against the forms of PROTOCOL.md (sections 9 and 10) written
/// as expressions, and against sums of wider integers.
func checkAmounts(_ text: String) {
    checkLength(text)
    checkBudget(text)
    checkDistance(text)
    if let currency = Currency(text) {
        require(currency.code == text.uppercased() && currency.code.utf8.count == 3, "A currency read wrongly.")
    }
}

private func checkLength(_ text: String) {
    let length = try? Length(parsing: text)
    require(length?.minutes == expectedLength(text), "\(text) is read as \(length?.minutes ?? 0) minutes.")
    guard let length else { return }
    require((try? Length(parsing: length.shown)) == length, "A length is read differently from its form.")
}

private func expectedLength(_ text: String) -> Int64? {
    var minutes: Int64?
    if let found = text.wholeMatch(of: ScalarForms.minutes) {
        minutes = Int64(found.1)
    } else if let found = text.wholeMatch(of: ScalarForms.hours), let hours = Int64(found.1) {
        minutes = hours * 60 + (found.2.flatMap { Int64($0) } ?? 0)
    } else if let found = text.wholeMatch(of: ScalarForms.clock), let hours = Int64(found.1) {
        minutes = hours * 60 + (Int64(found.2) ?? 0)
    }
    return minutes.flatMap { (1...20_160).contains($0) ? $0 : nil }
}

private func checkBudget(_ text: String) {
    let budget = try? Budget(parsing: text)
    let expected = expectedBudget(text)
    let isSame = budget?.low == expected?.low && budget?.high == expected?.high
    require(isSame && budget?.currency.code == expected?.code, "\(text) is read as \(budget?.shown ?? "nothing").")
    guard let budget else { return }
    require((try? Budget(parsing: budget.shown)) == budget, "A budget is read differently from its form.")
    require(budget.words.hasSuffix(" \(budget.currency.code)"), "A budget without its currency.")
}

private func expectedBudget(_ text: String) -> (low: Int64, high: Int64, code: String)? {
    guard let found = text.wholeMatch(of: ScalarForms.budget) else { return nil }
    guard let first = parts(found.1, found.2, places: 2) else { return nil }
    var (low, high) = (Int128(0), first)
    if let whole = found.3 {
        guard let second = parts(whole, found.4, places: 2) else { return nil }
        (low, high) = (first, second)
    }
    let code = found.5.uppercased()
    guard low <= high, high < 100_000_000_000, Currency.codes.contains(code) else { return nil }
    return (Int64(low), Int64(high), code)
}

private func checkDistance(_ text: String) {
    let distance = try? Distance(parsing: text)
    require(distance?.metres == expectedDistance(text), "\(text) is read as \(distance?.metres ?? -1) m.")
    guard let distance else { return }
    require((try? Distance(parsing: "\(distance.shown)m")) == distance, "A distance is read differently from its form.")
    require((try? Distance(parsing: distance.words)) == distance, "A distance is read differently from its words.")
}

private func expectedDistance(_ text: String) -> Int64? {
    guard let found = text.wholeMatch(of: ScalarForms.distance) else { return nil }
    guard let thousandths = parts(found.1, found.2, places: 3) else { return nil }
    let millimetres: Int128
    switch found.3.lowercased() {
    case "m": millimetres = 1_000
    case "km": millimetres = 1_000_000
    case "mi": millimetres = 1_609_344
    default: return nil
    }
    // Half a metre more, cut off: to the nearest, a half up.
    let metres = (2 * thousandths * millimetres + 1_000_000) / 2_000_000
    return metres <= 20_000_000 ? Int64(metres) : nil
}

/// The number in parts of ten to the power of `places`; nil where it has too many digits to matter.
private func parts(_ whole: Substring, _ decimals: Substring?, places: Int) -> Int128? {
    guard whole.count <= 30 else { return nil }
    let decimals = decimals.map(String.init) ?? ""
    return Int128(whole + decimals + String(repeating: "0", count: places - decimals.count))
}

/// How amounts are written. By scalars: an accent behind a digit makes it no other digit.
private enum ScalarForms {
    // Matching changes nothing of an expression.
    nonisolated(unsafe) static let minutes = #/(0|[1-9][0-9]{0,8})[mM]/#.matchingSemantics(.unicodeScalar)
    nonisolated(unsafe) static let hours =
        #/(0|[1-9][0-9]{0,8})[hH](?:([0-5]?[0-9])[mM])?/#.matchingSemantics(.unicodeScalar)
    nonisolated(unsafe) static let clock =
        #/([0-9]{2}|[1-9][0-9]{2,8}):([0-5][0-9])/#.matchingSemantics(.unicodeScalar)
    nonisolated(unsafe) static let budget =
        #/ *(0|[1-9][0-9]*)(?:\.([0-9]{1,2}))?(?:-(0|[1-9][0-9]*)(?:\.([0-9]{1,2}))?)? *([A-Za-z]+) */#
        .matchingSemantics(.unicodeScalar)
    nonisolated(unsafe) static let distance =
        #/ *(0|[1-9][0-9]*)(?:\.([0-9]{1,3}))? *([A-Za-z]+) */#.matchingSemantics(.unicodeScalar)
}
