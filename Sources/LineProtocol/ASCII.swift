extension UInt8 {
    /// `ALPHA` of RFC 5234.
    var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
    /// `DIGIT` of RFC 5234.
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    /// Letters, digits, `-` and `_`: what names are made of.
    var isNameByte: Bool { isLetter || isDigit || self == UInt8(ascii: "-") || self == UInt8(ascii: "_") }
    /// `VCHAR` of RFC 5234: from `!` to `~`.
    var isVisible: Bool { (0x21...0x7E).contains(self) }
    /// What separates words. TAB reads as a space.
    var isBlank: Bool { self == 0x20 || self == 0x09 }
    /// Whether the byte goes on with a character of UTF-8 that an earlier byte began.
    var isContinuation: Bool { self & 0xC0 == 0x80 }
    /// An ASCII control character: U+0000–001F, U+007F.
    var isControl: Bool { self < 0x20 || self == 0x7F }

    fileprivate var isCapital: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
}

// Not generic, and loops over bytes: a generic one is called through tables where nobody specialises it, which made
// the name of a room the most expensive part of reading a MSG.

extension UnsafeRawBufferPointer {
    /// Whether all of it may stand in a name.
    var allNameBytes: Bool {
        for byte in self where !byte.isNameByte { return false }
        return true
    }
}

extension String {
    /// ASCII letters in lower case, everything else as it is: how names are folded. O(bytes).
    public var asciiLowercased: String {
        var text = self
        let lowered: String? = text.withUTF8 { bytes in
            guard bytes.contains(where: \.isCapital) else { return nil }
            return String(unsafeUninitializedCapacity: bytes.count) { target in
                for (offset, byte) in bytes.enumerated() {
                    target.initializeElement(at: offset, to: byte.isCapital ? byte | 0x20 : byte)
                }
                return bytes.count
            }
        }
        return lowered ?? self
    }
}
