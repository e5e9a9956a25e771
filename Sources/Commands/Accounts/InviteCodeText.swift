/// The code that lets somebody into a room, as people read it to each other: `k7m2-p9qd-x3vt`.
///
/// Twelve letters and digits of an alphabet without those that look or are heard alike (0 o, 1 i l, u v): 30¹² of
/// them, about 59 bits. Typed in any case, with or without dashes.
public struct InviteCodeText: Sendable, Hashable {
    /// Letters and digits of a code.
    public static let length = 12
    private static let alphabet = Array("23456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let groupLength = 4

    /// The one form that is shown and stored: lower case, with dashes.
    public let text: String

    /// - Parameter typed: `nil` where this can be no code.
    public init?(_ typed: some StringProtocol) {
        var digits: [UInt8] = []
        for byte in typed.utf8 where byte != UInt8(ascii: "-") {
            let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
            guard digits.count < Self.length, Self.alphabet.contains(lower) else { return nil }
            digits.append(lower)
        }
        guard digits.count == Self.length else { return nil }
        self.init(digits: digits)
    }

    /// A new code, each letter as likely as any other.
    public static func make(from random: some RandomSource) throws(RandomFailure) -> InviteCodeText {
        // Bytes from the last incomplete run of the alphabet are thrown away: they would favour its beginning.
        let fair = 256 - 256 % alphabet.count
        var digits: [UInt8] = []
        while digits.count < length {
            let drawn = try random.bytes(length)
            guard !drawn.isEmpty else { throw .unavailable }
            for byte in drawn where Int(byte) < fair && digits.count < length {
                digits.append(alphabet[Int(byte) % alphabet.count])
            }
        }
        return InviteCodeText(digits: digits)
    }

    private init(digits: [UInt8]) {
        var text: [UInt8] = []
        for (position, digit) in digits.enumerated() {
            if position > 0, position % Self.groupLength == 0 { text.append(UInt8(ascii: "-")) }
            text.append(digit)
        }
        self.text = String(decoding: text, as: UTF8.self)
    }
}

extension InviteCodeText: CustomStringConvertible {
    public var description: String { text }
}
