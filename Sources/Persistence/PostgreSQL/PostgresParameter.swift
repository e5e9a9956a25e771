/// A value for a statement, as it goes over the wire.
enum PostgresParameter {
    case value(SQLValue)
    case integers([Int64])
    case texts([String])
    /// A column of rows, with NULLs.
    case column([SQLValue], MovedTable.Kind)

    private static let int8: UInt32 = 20
    private static let text: UInt32 = 25
    private static let bytea: UInt32 = 17

    /// Arrays and bytes are sent in PostgreSQL's binary form, everything else as text, so that the server finds the
    /// type by itself.
    var isBinary: Bool {
        switch self {
        case .value(.bytes), .integers, .texts, .column: true
        case .value: false
        }
    }

    var isNull: Bool { if case .value(.null) = self { true } else { false } }

    /// Appends the value; text ends with a NUL, which does not count to its length.
    func write(into bytes: inout [UInt8]) {
        switch self {
        case .value(.null): break
        case .value(.integer(let number)):
            bytes.append(contentsOf: String(number).utf8)
            bytes.append(0)
        case .value(.text(let text)):
            bytes.append(contentsOf: text.utf8)
            bytes.append(0)
        case .value(.bytes(let value)): bytes.append(contentsOf: value)
        case .integers(let numbers):
            Self.writeHeader(of: numbers.count, type: Self.int8, into: &bytes)
            for number in numbers {
                Self.write(UInt32(8), into: &bytes)
                Self.write(UInt64(bitPattern: number), into: &bytes)
            }
        case .column(let values, let kind): Self.write(values, kind, into: &bytes)
        case .texts(let texts):
            Self.writeHeader(of: texts.count, type: Self.text, into: &bytes)
            for text in texts {
                Self.write(UInt32(truncatingIfNeeded: text.utf8.count), into: &bytes)
                bytes.append(contentsOf: text.utf8)
            }
        }
    }

    private static func write(_ values: [SQLValue], _ kind: MovedTable.Kind, into bytes: inout [UInt8]) {
        let type = kind == .integer ? int8 : kind == .text ? text : bytea
        writeHeader(of: values.count, type: type, hasNulls: values.contains(.null), into: &bytes)
        for value in values {
            switch value {
            case .null: write(UInt32.max, into: &bytes)
            case .integer(let number):
                write(UInt32(8), into: &bytes)
                write(UInt64(bitPattern: number), into: &bytes)
            case .text(let text):
                write(UInt32(truncatingIfNeeded: text.utf8.count), into: &bytes)
                bytes.append(contentsOf: text.utf8)
            case .bytes(let content):
                write(UInt32(truncatingIfNeeded: content.count), into: &bytes)
                bytes.append(contentsOf: content)
            }
        }
    }

    /// One dimension from 1 on (`array_recv` of PostgreSQL's `arrayfuncs.c`).
    private static func writeHeader(
        of count: Int, type: UInt32, hasNulls: Bool = false, into bytes: inout [UInt8]
    ) {
        write(UInt32(count > 0 ? 1 : 0), into: &bytes)
        write(UInt32(hasNulls ? 1 : 0), into: &bytes)
        write(type, into: &bytes)
        guard count > 0 else { return }
        write(UInt32(truncatingIfNeeded: count), into: &bytes)
        write(UInt32(1), into: &bytes)
    }

    private static func write(_ number: some FixedWidthInteger, into bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}
