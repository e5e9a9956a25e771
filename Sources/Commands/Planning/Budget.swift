/// What somebody can spend: a range of money in one currency, both ends included.
///
/// Typed `20-40 EUR`, `20-40EUR`, or `40 EUR` for anything up to it. Amounts are below 10⁹ with at most two
/// decimals, and are kept as whole hundredths.
public struct Budget: Hashable, Sendable {
    /// The lower amount in hundredths of the currency's unit, `0..<Budget.bound`.
    public let low: Int64
    /// The upper amount in hundredths, not below `low`.
    public let high: Int64
    /// The currency of both.
    public let currency: Currency

    /// Amounts are below this many hundredths.
    public static let bound: Int64 = 100_000_000_000

    /// A range of hundredths; nil unless 0 ≤ low ≤ high < `bound`.
    public init?(low: Int64, high: Int64, currency: Currency) {
        guard low >= 0, low <= high, high < Self.bound else { return nil }
        self.low = low
        self.high = high
        self.currency = currency
    }

    /// The budget that `text` writes; the code of the currency may be in any case.
    public init(parsing text: some StringProtocol) throws(PlanningFailure) {
        var scanner = WordScanner(text)
        scanner.skipSpaces()
        let first = try Self.amount(&scanner)
        var low: Int64 = 0
        var high = first
        if scanner.take("-") {
            low = first
            high = try Self.amount(&scanner)
        }
        scanner.skipSpaces()
        guard !scanner.isAtEnd else { throw .invalidBudget(.noCurrency) }
        let code = scanner.letters()
        scanner.skipSpaces()
        guard !code.isEmpty, scanner.isAtEnd else { throw .invalidBudget(.unreadable) }
        guard let currency = Currency(code) else { throw .invalidBudget(.unknownCurrency) }
        guard let budget = Budget(low: low, high: high, currency: currency)
        else { throw .invalidBudget(.reversed) }
        self = budget
    }

    private static func amount(_ scanner: inout WordScanner) throws(PlanningFailure) -> Int64 {
        switch DecimalReading.scan(&scanner, places: 2, below: bound / 100) {
        case .value(let hundredths): return hundredths
        case .tooLarge: throw .invalidBudget(.tooLarge)
        case .tooPrecise: throw .invalidBudget(.tooManyDecimals)
        case nil: throw .invalidBudget(.unreadable)
        }
    }

    /// The form of the wire, without a space: `20-40EUR`, `0-40EUR`, `19.50-40EUR`.
    public var shown: String { "\(Self.amount(low))-\(Self.amount(high))\(currency.code)" }

    /// For people: `20-40 EUR`, `up to 40 EUR`, `40 EUR` where it is exact.
    public var words: String {
        if low == high { return "\(Self.amount(low)) \(currency.code)" }
        if low == 0 { return "up to \(Self.amount(high)) \(currency.code)" }
        return "\(Self.amount(low))-\(Self.amount(high)) \(currency.code)"
    }

    /// Hundredths as an amount: bare when whole, else with two decimals.
    public static func amount(_ hundredths: Int64) -> String {
        let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
        return rest == 0 ? "\(whole)" : "\(whole).\(CivilTime.padded(rest))"
    }
}
