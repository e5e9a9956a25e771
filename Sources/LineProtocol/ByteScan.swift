/// Looks at eight bytes at a time, as one integer ("SIMD within a register").
///
/// The tests for a zero byte, for a byte below a value and for a byte of a value are those of Sean Eron
/// Anderson's collection "Bit Twiddling Hacks", section "Determine if a word has a zero byte" and following.
enum ByteScan {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The offset of the first `byte` at or after `start`; nil if there is none.
    static func firstIndex(
        of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int
    ) -> Int? {
        let pattern = ones &* UInt64(byte)
        var index = start
        while bytes.count - index >= 8 {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian ^ pattern
            let zeroBytes = (word &- ones) & ~word & highBits
            // The lowest bit set marks the first match exactly; only higher ones may be false.
            if zeroBytes != 0 { return index + zeroBytes.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bytes.count {
            if bytes[index] == byte { return index }
            index += 1
        }
        return nil
    }

    /// Whether eight bytes begin at `index`, all ASCII and none a control character (U+0000–001F, U+007F).
    static func isPlainASCII(in bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
        guard bytes.count - index >= 8 else { return false }
        let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        let belowSpace = (word &- (ones &* 0x20)) & ~word
        // Only 0x7F and bytes that are not ASCII have their high bit set after this.
        let deleteOrHigh = (word &+ ones) | word
        return (belowSpace | deleteOrHigh) & highBits == 0
    }

    /// The offset of the first ASCII control character at or after `start`; nil if there is none.
    static func firstControl(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if isPlainASCII(in: bytes, at: index) {
                index += 8
                continue
            }
            if bytes[index].isControl { return index }
            index += 1
        }
        return nil
    }
}
