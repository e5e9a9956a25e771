/// How far somebody would go, in whole metres, up to 20,000 km.
///
/// Typed `10km`, `5 km`, `2.5mi` or `800m`, with at most three decimals; a mile is 1,609.344 m. What is not a
/// whole metre goes to the nearest, a half up: `0.5mi` is 805 m.
public struct Distance: Hashable, Comparable, Sendable {
    /// Metres, `0...Distance.farthest`.
    public let metres: Int64

    /// 20,000 km: half-way round the earth.
    public static let farthest: Int64 = 20_000_000

    /// A distance of that many metres; nil out of the range.
    public init?(metres: Int64) {
        guard (0...Self.farthest).contains(metres) else { return nil }
        self.metres = metres
    }

    /// The distance that `text` writes; the unit may be in any case.
    public init(parsing text: some StringProtocol) throws(PlanningFailure) {
        var scanner = WordScanner(text)
        scanner.skipSpaces()
        // Beyond this no unit is in range, and below it the product fits 63 bits.
        let reading = DecimalReading.scan(&scanner, places: 3, below: 1_000_000_000)
        guard let reading else { throw .invalidDistance(.unreadable) }
        scanner.skipSpaces()
        guard !scanner.isAtEnd else { throw .invalidDistance(.noUnit) }
        let unit = scanner.letters()
        scanner.skipSpaces()
        guard scanner.isAtEnd, let millimetres = Self.millimetres(ofUnit: unit)
        else { throw .invalidDistance(.unreadable) }
        switch reading {
        case .tooPrecise: throw .invalidDistance(.tooManyDecimals)
        case .tooLarge: throw .invalidDistance(.tooFar)
        case .value(let thousandths):
            // Thousandths of a unit times millimetres: millionths of a metre.
            let metres = (thousandths * millimetres + 500_000) / 1_000_000
            guard let distance = Distance(metres: metres) else { throw .invalidDistance(.tooFar) }
            self = distance
        }
    }

    private static func millimetres(ofUnit unit: String) -> Int64? {
        switch unit {
        case "M": 1_000
        case "KM": 1_000_000
        case "MI": 1_609_344
        default: nil
        }
    }

    /// The form of the wire: metres, `10000`.
    public var shown: String { "\(metres)" }

    /// For people: `10 km`, `2.5 km`, `800 m`.
    public var words: String {
        guard metres >= 1_000 else { return "\(metres) m" }
        let (kilometres, rest) = metres.quotientAndRemainder(dividingBy: 1_000)
        guard rest > 0 else { return "\(kilometres) km" }
        var decimals = CivilTime.padded(rest, width: 3)
        while decimals.last == "0" { decimals.removeLast() }
        return "\(kilometres).\(decimals) km"
    }

    public static func < (left: Distance, right: Distance) -> Bool { left.metres < right.metres }
}
