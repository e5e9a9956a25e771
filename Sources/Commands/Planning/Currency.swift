/// A currency of ISO 4217, named by its three-letter code.
///
/// The list is that of the codes in use (with funds and precious metals) as of 2026; `XXX` (no currency) and
/// `XTS` (for tests) are left out, because nobody can pay in them.
public struct Currency: Hashable, Comparable, Sendable {
    /// Three capital letters: `EUR`.
    public let code: String

    /// The currency with this code, in any case; nil if ISO 4217 has none.
    public init?(_ code: some StringProtocol) {
        // Some letters beyond ASCII have an ASCII upper case; no code has them.
        guard code.utf8.count == 3, code.utf8.allSatisfy({ WordScanner.isLetter($0) }) else { return nil }
        let upper = code.uppercased()
        guard Self.codes.contains(upper) else { return nil }
        self.code = upper
    }

    public static func < (left: Currency, right: Currency) -> Bool { left.code < right.code }

    static let codes = Set(
        """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
        CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP
        GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
        KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
        MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD
        SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX
        USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD
        XPF XPT XSU XUA YER ZAR ZMW ZWG
        """.split { $0 == " " || $0 == "\n" }.map { String($0) })
}
