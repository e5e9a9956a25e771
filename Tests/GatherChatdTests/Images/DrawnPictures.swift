/// Pictures drawn for a test, byte by byte, without an image library.
enum DrawnPictures {
    /// One grey bit a pixel, nothing compressed (PNG, third edition; RFC 1950 and 1951 with stored blocks).
    ///
    /// - Parameters:
    ///   - claiming: Width and height that the header tells instead of the real ones.
    ///   - extra: Whole chunks between header and pixels.
    static func png(
        _ width: Int, _ height: Int, claiming: (Int, Int)? = nil, extra: [UInt8] = [],
        isWhite: (_ x: Int, _ y: Int) -> Bool
    ) -> [UInt8] {
        var rows: [UInt8] = []
        for y in 0..<height {
            rows.append(0)
            for left in stride(from: 0, to: width, by: 8) {
                rows.append(
                    (0..<8).reduce(0) { bits, place in
                        bits << 1 | (left + place < width && isWhite(left + place, y) ? 1 : 0)
                    })
            }
        }
        let (shownWidth, shownHeight) = claiming ?? (width, height)
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", bigEndian(shownWidth) + bigEndian(shownHeight) + [1, 0, 0, 0, 0])
            + extra + chunk("IDAT", stored(rows)) + chunk("IEND", [])
    }

    /// 256 × 256 pixels that look different however they are turned or mirrored: a broad bar on the left and a
    /// narrow one on top.
    static func bars(extra: [UInt8] = []) -> [UInt8] { png(256, 256, extra: extra, isWhite: isBar) }

    static func isBar(_ x: Int, _ y: Int) -> Bool { x < 64 || y < 32 }

    static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        return bigEndian(data.count) + body + bigEndian(Int(checksum(body)))
    }

    /// A zlib stream that compresses nothing.
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var rest = bytes[...]
        repeat {
            let piece = rest.prefix(65_535)
            rest = rest.dropFirst(piece.count)
            let length = UInt16(piece.count)
            for half in [length, ~length] { stream += [UInt8(half & 255), UInt8(half >> 8)] }
            stream.insert(rest.isEmpty ? 1 : 0, at: stream.count - 4)
            stream += piece
        } while !rest.isEmpty
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return stream + bigEndian(Int(high << 16 | low))
    }

    /// An EXIF block (TIFF, most significant byte first) with nothing but how the picture is turned.
    static func exif(orientation: Int, comment: [UInt8] = []) -> [UInt8] {
        Array("MM\0*".utf8) + bigEndian(8) + [0, 1, 0x01, 0x12, 0, 3] + bigEndian(1) + [0, UInt8(orientation), 0, 0]
            + bigEndian(0) + comment
    }

    /// One red pixel a frame.
    static func gif(frames: Int) -> [UInt8] {
        let head = Array("GIF89a".utf8) + [1, 0, 1, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 255]
        let frame: [UInt8] = [
            0x21, 0xF9, 4, 0, 1, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0,
        ]
        return head + Array(repeatElement(frame, count: frames).joined()) + [0x3B]
    }

    /// A segment behind the first marker of a JPEG (ITU-T T.81, B.2.4.6).
    static func jpeg(_ jpeg: [UInt8], with segments: [(marker: UInt8, data: [UInt8])]) -> [UInt8] {
        var inserted: [UInt8] = []
        for segment in segments {
            inserted += [0xFF, segment.marker]
            inserted += bigEndian(segment.data.count + 2).suffix(2)
            inserted += segment.data
        }
        return Array(jpeg.prefix(2)) + inserted + Array(jpeg.dropFirst(2))
    }

    static func bigEndian(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    /// CRC-32 of the PNG specification, annex D.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { sum, byte in table[Int((sum ^ UInt32(byte)) & 255)] ^ (sum >> 8) }
    }

    private static let table: [UInt32] = (0..<256).map { start in
        (0..<8).reduce(UInt32(start)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
    }
}
