import NIOCore

/// What a line may be made of: UTF-8, without characters that could move a terminal or break a reader's
/// lines.
enum LineCheck {
    /// Looks at every byte once, eight at a time where they are plain ASCII; no allocation.
    /// - Returns: Whether the line holds a TAB, which reads as a space.
    /// - Throws: INVALID_UTF8; INVALID_CHARACTER if it is UTF-8.
    static func check(_ line: ByteBuffer) throws(Failure) -> Bool {
        switch line.withUnsafeReadableBytes(scan) {
        case .plain: return false
        case .withTabs: return true
        case .notUTF8: throw Failure(.invalidUTF8, words: "That line is not UTF-8. Nothing was done.")
        case .forbidden:
            throw Failure(
                .invalidCharacter,
                words:
                    "That line has a control character, or one that turns text around. Nothing was done."
            )
        }
    }

    private enum Verdict { case plain, withTabs, notUTF8, forbidden }

    private static func scan(_ bytes: UnsafeRawBufferPointer) -> Verdict {
        var index = 0
        var verdict = Verdict.plain
        while index < bytes.count {
            if ByteScan.isPlainASCII(in: bytes, at: index) {
                index += 8
                continue
            }
            let byte = bytes[index]
            if byte < 0x80 {
                if byte == 0x09 {
                    if verdict == .plain { verdict = .withTabs }
                } else if byte < 0x20 || byte == 0x7F {
                    // The rest is read as well: that a line is not UTF-8 counts for more.
                    verdict = .forbidden
                }
                index += 1
                continue
            }
            guard let length = sequenceLength(bytes, at: index) else { return .notUTF8 }
            if isForbidden(bytes, at: index, length: length) { verdict = .forbidden }
            index += length
        }
        return verdict
    }

    /// The length of the well-formed sequence that begins at `index` with a byte from 0x80; `nil` if there is
    /// none by table 3-7 of the Unicode Standard (overlong, a surrogate, above U+10FFFF, cut short).
    private static func sequenceLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int? {
        let (length, second): (Int, ClosedRange<UInt8>)
        switch bytes[index] {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard bytes.count - index >= length, second.contains(bytes[index + 1]) else { return nil }
        for offset in 2..<max(2, length) where !bytes[index + offset].isContinuation { return nil }
        return length
    }

    /// C1 controls, U+2028–2029, U+202A–202E, U+2066–2069.
    private static func isForbidden(_ bytes: UnsafeRawBufferPointer, at index: Int, length: Int) -> Bool {
        switch (bytes[index], length) {
        case (0xC2, 2): return bytes[index + 1] <= 0x9F
        case (0xE2, 3):
            let (second, third) = (bytes[index + 1], bytes[index + 2])
            return (second == 0x80 && (0xA8...0xAE).contains(third))
                || (second == 0x81 && (0xA6...0xA9).contains(third))
        default: return false
        }
    }
}
