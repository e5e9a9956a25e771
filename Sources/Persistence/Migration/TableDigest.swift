/// What a table holds, in short: how many rows, and a digest over all of them in order.
struct TableDigest: Equatable {
    private(set) var rows = 0
    private(set) var digest: [UInt8] = []

    /// Takes in the next rows; both stores must be read in pages of the same size.
    mutating func add(_ page: [[SQLValue]], hash: ([UInt8]) -> [UInt8]) {
        var bytes = digest
        for row in page {
            for value in row { Self.write(value, into: &bytes) }
        }
        digest = hash(bytes)
        rows += page.count
    }

    /// No two rows look the same: each value says what it is, and how long.
    private static func write(_ value: SQLValue, into bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(0)
        case .integer(let number):
            bytes.append(1)
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        case .text(let text): write(2, Array(text.utf8), into: &bytes)
        case .bytes(let content): write(3, content, into: &bytes)
        }
    }

    private static func write(_ kind: UInt8, _ content: [UInt8], into bytes: inout [UInt8]) {
        bytes.append(kind)
        withUnsafeBytes(of: UInt64(content.count).bigEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: content)
    }
}
