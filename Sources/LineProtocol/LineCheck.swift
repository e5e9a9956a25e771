import NIOCore

/// What a line may be made of: UTF-8, without characters that could move a terminal or break a reader's lines.
enum LineCheck {
    /// - Returns: Whether the line holds a TAB, which reads as a space.
    /// - Throws: INVALID_UTF8, INVALID_CHARACTER. O(bytes), no allocation.
    static func check(_ line: ByteBuffer) throws(Failure) -> Bool {
        switch line.withUnsafeReadableBytes(scan) {
        case .plain: return false
        case .withTabs: return true
        case .notUTF8: throw Failure(.invalidUTF8, words: "Lines are UTF-8.")
        case .forbidden:
            throw Failure(
                .invalidCharacter, words: "A control character, or one that turns text around, is in that line.")
        }
    }

    private enum Verdict { case plain, withTabs, notUTF8, forbidden }

    /// Well-formed sequences by table 3-7 of the Unicode standard.
    private static func scan(_ bytes: UnsafeRawBufferPointer) -> Verdict {
        var index = 0
        var verdict = Verdict.plain
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x80 {
                if byte == 0x09 {
                    if verdict == .plain { verdict = .withTabs }
                } else if byte < 0x20 || byte == 0x7f {
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

    private static func sequenceLength(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int? {
        let (length, second): (Int, ClosedRange<UInt8>)
        switch bytes[index] {
        case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: (length, second) = (3, 0x80...0xbf)
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: return nil
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return nil }
        for offset in 2..<max(2, length) where bytes[index + offset] & 0xc0 != 0x80 { return nil }
        return length
    }

    /// C1 controls, U+2028–2029, U+202A–202E, U+2066–2069.
    private static func isForbidden(_ bytes: UnsafeRawBufferPointer, at index: Int, length: Int) -> Bool {
        switch (bytes[index], length) {
        case (0xc2, 2): return bytes[index + 1] <= 0x9f
        case (0xe2, 3):
            let (second, third) = (bytes[index + 1], bytes[index + 2])
            return (second == 0x80 && (0xa8...0xae).contains(third))
                || (second == 0x81 && (0xa6...0xa9).contains(third))
        default: return false
        }
    }
}
