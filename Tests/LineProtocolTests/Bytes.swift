import LineProtocol
import NIOCore

/// A line, without its ending, as it comes out of the framer.
func line(_ text: String) -> ByteBuffer { ByteBuffer(string: text) }

/// A line of any bytes.
func line(_ bytes: [UInt8]) -> ByteBuffer { ByteBuffer(bytes: bytes) }

/// The request that a line is; nil if it is none.
func parsed(_ text: String) -> Request? {
    if case .request(let request) = Request.parse(line(text)) { request } else { nil }
}

/// What a writing function adds to a buffer.
func written(_ write: (inout ByteBuffer) -> Void) -> String {
    var buffer = ByteBuffer()
    write(&buffer)
    return String(buffer: buffer)
}

/// The same numbers for the same seed on every machine: SplitMix64 (Steele, Lea and Flood, 2014).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
