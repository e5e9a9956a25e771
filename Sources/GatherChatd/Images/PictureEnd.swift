import Commands

/// Whether a picture reaches its own end, told by its outer structure alone.
///
/// Decoders notice a missing end only where they have to read that far, which a square from the middle often
/// does not ask for; a file cut short shall be refused wherever it was cut. What follows the end is ignored.
enum PictureEnd {
    static func isReached(in bytes: [UInt8], kind: ImageKind) -> Bool {
        var reader = Reader(bytes: bytes)
        return switch kind {
        case .png: png(&reader) != nil
        case .jpeg: jpeg(&reader) != nil
        case .webp: webp(&reader) != nil
        case .gif: gif(&reader) != nil
        }
    }

    /// Chunks up to IEND (PNG, section 5.3): length, name, data, checksum.
    private static func png(_ reader: inout Reader) -> Void? {
        guard reader.skip(8) != nil else { return nil }
        while true {
            guard let length = reader.bigEndian(4), let name = reader.bigEndian(4),
                reader.skip(length) != nil, reader.skip(4) != nil
            else { return nil }
            if name == 0x4945_4E44 { return () }
        }
    }

    /// Marker segments up to EOI (ITU-T T.81, annex B); behind SOS come coded data, in which FF is followed by 00,
    /// a restart marker or another FF.
    private static func jpeg(_ reader: inout Reader) -> Void? {
        guard reader.skip(2) != nil else { return nil }
        while true {
            guard reader.skipToMarker() != nil, let marker = reader.byte() else { return nil }
            switch marker {
            case 0xD9: return ()
            case 0x00, 0x01, 0xD0...0xD7: continue
            default:
                guard let length = reader.bigEndian(2), length >= 2, reader.skip(length - 2) != nil else {
                    return nil
                }
            }
        }
    }

    /// The size that the RIFF header gives counts what comes behind it.
    private static func webp(_ reader: inout Reader) -> Void? {
        guard reader.skip(4) != nil, let size = reader.littleEndian(4) else { return nil }
        return reader.skip(size)
    }

    /// Blocks up to the trailer (GIF89a, appendix B).
    private static func gif(_ reader: inout Reader) -> Void? {
        guard reader.skip(10) != nil, let flags = reader.byte(), reader.skip(2) != nil,
            reader.skipColourTable(flags) != nil
        else { return nil }
        while let block = reader.byte() {
            switch block {
            case 0x3B: return ()
            case 0x21:
                guard reader.skip(1) != nil, reader.skipSubBlocks() != nil else { return nil }
            case 0x2C:
                guard reader.skip(8) != nil, let flags = reader.byte(), reader.skipColourTable(flags) != nil,
                    reader.skip(1) != nil, reader.skipSubBlocks() != nil
                else { return nil }
            default: return nil
            }
        }
        return nil
    }
}

/// A place in bytes that only moves forward and never past their end.
private struct Reader {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func byte() -> UInt8? {
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func skip(_ count: Int) -> Void? {
        guard count >= 0, count <= bytes.count - position else { return nil }
        position += count
        return ()
    }

    /// At most four bytes.
    mutating func bigEndian(_ count: Int) -> Int? {
        var number = 0
        for _ in 0..<count {
            guard let byte = byte() else { return nil }
            number = number << 8 | Int(byte)
        }
        return number
    }

    /// At most four bytes.
    mutating func littleEndian(_ count: Int) -> Int? {
        var number = 0
        for place in 0..<count {
            guard let byte = byte() else { return nil }
            number |= Int(byte) << (8 * place)
        }
        return number
    }

    /// To the byte behind the next run of FF.
    mutating func skipToMarker() -> Void? {
        while position < bytes.count, bytes[position] != 0xFF { position += 1 }
        while position < bytes.count, bytes[position] == 0xFF { position += 1 }
        return position < bytes.count ? () : nil
    }

    mutating func skipColourTable(_ flags: UInt8) -> Void? {
        flags & 0x80 == 0 ? () : skip(3 << (Int(flags & 7) + 1))
    }

    mutating func skipSubBlocks() -> Void? {
        while let length = byte() {
            if length == 0 { return () }
            guard skip(Int(length)) != nil else { return nil }
        }
        return nil
    }
}
