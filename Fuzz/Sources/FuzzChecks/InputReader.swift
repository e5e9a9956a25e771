/// Takes an input apart from the front. Past its end everything is 0, so that every input says something.
struct InputReader {
    private var rest: ArraySlice<UInt8>

    init(_ input: UnsafeBufferPointer<UInt8>) { rest = Array(input)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func flag() -> Bool { byte() & 1 == 1 }

    /// A number below a bound of at most 256.
    mutating func number(below bound: Int) -> Int { Int(byte()) % bound }

    /// Eight bytes, the first the lowest.
    mutating func integer() -> Int64 {
        var number: UInt64 = 0
        for place in 0..<8 { number |= UInt64(byte()) << UInt64(8 * place) }
        return Int64(bitPattern: number)
    }

    /// So many bytes, or as many as there are.
    mutating func bytes(_ count: Int) -> [UInt8] {
        let taken = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        return taken
    }

    mutating func remaining() -> [UInt8] { bytes(rest.count) }
}
