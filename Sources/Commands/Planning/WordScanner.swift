/// Reads a typed word from left to right. Each step either takes what it asks for or leaves the place
/// where it is, and none can step outside.
struct WordScanner {
    private let bytes: ArraySlice<UInt8>
    private var place: Int

    init(bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    init(_ text: some StringProtocol) {
        self.init(bytes: ArraySlice(text.utf8))
    }

    var isAtEnd: Bool { place >= bytes.endIndex }

    /// The next byte, without taking it.
    func peek() -> UInt8? {
        place < bytes.endIndex ? bytes[place] : nil
    }

    /// Takes one byte, whatever it is.
    mutating func skip() {
        if place < bytes.endIndex { place += 1 }
    }

    /// Takes one ASCII character, a letter in either case; false if something else is next.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = peek(), Self.folded(byte) == Self.folded(UInt8(truncatingIfNeeded: character.value))
        else { return false }
        place += 1
        return true
    }

    /// Takes spaces, if there are any.
    mutating func skipSpaces() {
        while peek() == UInt8(ascii: " ") { place += 1 }
    }

    /// Takes a run of decimal digits whose length is in `digits` (at most 18, which fit).
    mutating func number(digits: ClosedRange<Int>) -> Int64? {
        var value: Int64 = 0
        var end = place
        while end < bytes.endIndex, Self.isDigit(bytes[end]), end - place < 18 {
            value = value * 10 + Int64(bytes[end] - UInt8(ascii: "0"))
            end += 1
        }
        guard digits.contains(end - place) else { return nil }
        if end < bytes.endIndex, Self.isDigit(bytes[end]) { return nil }
        place = end
        return value
    }

    /// Takes a run of ASCII letters, answered in upper case.
    mutating func letters() -> String {
        var taken: [UInt8] = []
        while let byte = peek(), Self.isLetter(byte) {
            taken.append(byte & 0xDF)
            place += 1
        }
        return String(decoding: taken, as: UTF8.self)
    }

    /// How many digits come next.
    var digitsAhead: Int {
        var end = place
        while end < bytes.endIndex, Self.isDigit(bytes[end]) { end += 1 }
        return end - place
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func isLetter(_ byte: UInt8) -> Bool {
        let folded = Self.folded(byte)
        return folded >= 0x61 && folded <= 0x7A
    }

    /// ASCII lower case; other bytes as they are.
    private static func folded(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
}
