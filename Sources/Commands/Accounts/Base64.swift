/// Base64 (RFC 4648), written and read strictly: one text for the same bytes, nothing skipped, nothing guessed.
enum Base64 {
    /// The sixty-two letters and digits are shared; the last two and the padding differ.
    enum Alphabet {
        /// Section 4: `+`, `/`, padded with `=` to whole groups of four.
        case standard
        /// Section 5: `-`, `_`, without padding.
        case url
        /// As `standard`, without padding: the form inside a stored password hash.
        case unpadded

        fileprivate var digits: [UInt8] { self == .url ? Self.urlDigits : Self.standardDigits }
        fileprivate var values: [UInt8] { self == .url ? Self.urlValues : Self.standardValues }

        private static let shared = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        private static let standardDigits = Array((shared + "+/").utf8)
        private static let urlDigits = Array((shared + "-_").utf8)
        private static let standardValues = values(of: standardDigits)
        private static let urlValues = values(of: urlDigits)

        /// For each byte its six bits, or `noDigit`.
        private static func values(of digits: [UInt8]) -> [UInt8] {
            var values = [UInt8](repeating: noDigit, count: 256)
            for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(truncatingIfNeeded: value) }
            return values
        }
    }

    private static let noDigit: UInt8 = 255
    private static let pad = UInt8(ascii: "=")

    static func encode(_ bytes: some Collection<UInt8>, _ alphabet: Alphabet) -> String {
        let digits = alphabet.digits
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var group: UInt32 = 0
        var held = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            held += 1
            guard held == 3 else { continue }
            for shift in [18, 12, 6, 0] as [UInt32] { text.append(digits[Int(group >> shift & 63)]) }
            group = 0
            held = 0
        }
        guard held > 0 else { return String(decoding: text, as: UTF8.self) }
        group <<= held == 1 ? 16 : 8
        for position in 0...held { text.append(digits[Int(group >> UInt32(18 - 6 * position) & 63)]) }
        if alphabet == .standard { for _ in held..<3 { text.append(pad) } }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Returns: `nil` for any character outside the alphabet, a wrong number of them, padding where none
    ///   belongs, or bits behind the last byte that are not 0.
    static func decode(_ text: some StringProtocol, _ alphabet: Alphabet) -> [UInt8]? {
        var digits = Array(text.utf8)
        if alphabet == .standard {
            guard digits.count % 4 == 0 else { return nil }
            for _ in 0..<2 where digits.last == pad { digits.removeLast() }
        }
        guard digits.count % 4 != 1 else { return nil }
        let values = alphabet.values
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 4 * 3 + 2)
        var group: UInt32 = 0
        var bits: UInt32 = 0
        for digit in digits {
            let value = values[Int(digit)]
            guard value != noDigit else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(truncatingIfNeeded: group >> bits))
            group &= (1 << bits) - 1
        }
        return group == 0 ? bytes : nil
    }
}
