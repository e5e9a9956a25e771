/// A decimal number as typed, held exactly as an integer of its smallest part: no floating point.
enum DecimalReading: Hashable {
    /// The number times ten to the power of the decimals that are allowed.
    case value(Int64)
    /// It is that or more, in whole numbers.
    case tooLarge
    /// It has more decimals than are allowed.
    case tooPrecise

    /// Takes `12`, `12.5` or `0.05`; nil where none is next. Numbers have no sign and no leading zeros, and
    /// digits on both sides of a point. `bound` is at most 10⁹, `places` at most 3.
    static func scan(_ scanner: inout WordScanner, places: Int, below bound: Int64) -> DecimalReading? {
        let leadsWithZero = scanner.peek() == UInt8(ascii: "0")
        let wholeDigits = scanner.digitsAhead
        guard wholeDigits == 1 || (wholeDigits > 1 && !leadsWithZero) else { return nil }
        guard let whole = scanner.number(digits: 1...18), whole < bound else {
            while scanner.digitsAhead > 0 { scanner.skip() }
            return .tooLarge
        }
        var value = whole
        var decimals = 0
        if scanner.take(".") {
            decimals = scanner.digitsAhead
            guard decimals > 0 else { return nil }
            guard decimals <= places, let fraction = scanner.number(digits: 1...places) else {
                while scanner.digitsAhead > 0 { scanner.skip() }
                return .tooPrecise
            }
            for _ in 0..<decimals { value *= 10 }
            value += fraction
        }
        for _ in decimals..<places { value *= 10 }
        return .value(value)
    }
}
