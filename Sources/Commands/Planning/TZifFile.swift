/// Reader of compiled zone files, RFC 8536. Any bytes may be given: what is cut short, points outside or
/// is not such a file at all gives nil.
struct TZifFile {
    /// No zone file is anywhere near this; more is not read.
    static let mostBytes = 64 * 1_024

    private let bytes: [UInt8]

    /// The rules that a file with these bytes holds.
    static func rules(in bytes: [UInt8]) -> ZoneRules? {
        guard bytes.count <= mostBytes else { return nil }
        let file = TZifFile(bytes: bytes)
        guard let first = file.header(at: 0) else { return nil }
        guard first.version >= 2 else { return file.rules(first, wide: false) }
        // The first block is for readers of 32 bits; the one that counts follows it.
        guard let second = file.header(at: first.end(wide: false)) else { return nil }
        return file.rules(second, wide: true)
    }

    /// The counts that a block opens with, each of which gives the size of a part of it.
    private struct Header {
        var start: Int
        var version: Int
        var universalMarks, standardMarks, leapSeconds, transitions, types, nameBytes: Int

        static let size = 44

        var times: Int { start + Header.size }
        func indices(wide: Bool) -> Int { times + transitions * (wide ? 8 : 4) }
        func typeRecords(wide: Bool) -> Int { indices(wide: wide) + transitions }
        func end(wide: Bool) -> Int {
            let leapRecords = leapSeconds * (wide ? 12 : 8)
            return typeRecords(wide: wide) + types * 6 + nameBytes + leapRecords + standardMarks
                + universalMarks
        }
    }

    private func header(at start: Int) -> Header? {
        guard start >= 0, start <= bytes.count - Header.size else { return nil }
        guard Array(bytes[start..<start + 4]) == Array("TZif".utf8) else { return nil }
        let version = bytes[start + 4] == 0 ? 1 : 2
        let counts = (0..<6).compactMap { integer(at: start + 20 + $0 * 4, width: 4) }.map { Int($0) }
        guard counts.count == 6, counts.allSatisfy({ (0...bytes.count).contains($0) }) else { return nil }
        let header = Header(
            start: start, version: version, universalMarks: counts[0], standardMarks: counts[1],
            leapSeconds: counts[2], transitions: counts[3], types: counts[4], nameBytes: counts[5])
        return header.types > 0 ? header : nil
    }

    private func rules(_ header: Header, wide: Bool) -> ZoneRules? {
        guard header.end(wide: wide) <= bytes.count else { return nil }
        var typeOffsets: [Int64] = []
        for index in 0..<header.types {
            guard let offset = integer(at: header.typeRecords(wide: wide) + index * 6, width: 4),
                abs(offset) <= 26 * 3_600
            else { return nil }
            typeOffsets.append(offset)
        }
        var transitions: [Int64] = []
        var offsets: [Int64] = []
        let width = wide ? 8 : 4
        for index in 0..<header.transitions {
            guard let time = integer(at: header.times + index * width, width: width),
                let type = byte(at: header.indices(wide: wide) + index), Int(type) < typeOffsets.count
            else { return nil }
            transitions.append(min(max(time, ZoneRules.beginningOfTime), ZoneRules.endOfTime))
            offsets.append(typeOffsets[Int(type)])
        }
        var rule: PosixZoneRule?
        if wide, let footer = footer(at: header.end(wide: wide)) {
            rule = PosixZoneRule(parsing: footer)
            guard rule != nil else { return nil }
        }
        return ZoneRules(
            checkedInitialOffset: typeOffsets[0], transitions: transitions, offsets: offsets, rule: rule)
    }

    /// The rule between the two line feeds at the end; nil if it is empty.
    private func footer(at start: Int) -> ArraySlice<UInt8>? {
        guard byte(at: start) == 0x0A else { return nil }
        let text = bytes[(start + 1)...].prefix { $0 != 0x0A }
        return text.isEmpty ? nil : text
    }

    private func byte(at index: Int) -> UInt8? {
        bytes.indices.contains(index) ? bytes[index] : nil
    }

    /// A signed big-endian integer of 4 or 8 bytes.
    private func integer(at start: Int, width: Int) -> Int64? {
        guard start >= 0, start <= bytes.count - width else { return nil }
        let value = bytes[start..<start + width].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return width == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
    }
}
