import CLibPQ

/// Turns a result in binary form into rows.
enum PostgresRows {
    static func read(_ result: OpaquePointer) -> [SQLRow] {
        let columns = PQnfields(result)
        let types = (0..<columns).map { PQftype(result, $0) }
        return (0..<PQntuples(result)).map { row in
            SQLRow(
                values: (0..<columns).map { column in
                    guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column) else {
                        return .null
                    }
                    let bytes = UnsafeRawBufferPointer(start: value, count: Int(PQgetlength(result, row, column)))
                    return decode(bytes, type: types[Int(column)])
                })
        }
    }

    /// Types by their numbers in `pg_type.dat`: the schema has no others.
    private static func decode(_ bytes: UnsafeRawBufferPointer, type: Oid) -> SQLValue {
        switch type {
        case 20: .integer(Int64(bigEndian: number(bytes)))
        case 23: .integer(Int64(Int32(bigEndian: number(bytes))))
        case 26: .integer(Int64(UInt32(bigEndian: number(bytes))))
        case 16: .integer(bytes.first == 1 ? 1 : 0)
        case 17: .bytes([UInt8](bytes))
        default: .text(String(decoding: bytes, as: UTF8.self))
        }
    }

    private static func number<Number: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer) -> Number {
        bytes.count == MemoryLayout<Number>.size ? bytes.loadUnaligned(as: Number.self) : 0
    }
}
