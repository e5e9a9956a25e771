#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What work on bytes stands on: libc's own loops over the same bytes.
enum Memory {
    /// A scan for LF by memchr. Answers with the sum of the places of all that there are.
    static func scan(_ bytes: [UInt8]) -> Benchmark.Work {
        let places = bytes.indices.reduce(0) { bytes[$1] == UInt8(ascii: "\n") ? $0 + $1 : $0 }
        return Benchmark.Work(name: "memchr for LF over the same bytes", expected: places) {
            bytes.withUnsafeBytes { buffer in
                guard let start = buffer.baseAddress else { return 0 }
                var (sum, from) = (0, 0)
                while let found = memchr(start + from, CInt(UInt8(ascii: "\n")), buffer.count - from) {
                    let place = UnsafeRawPointer(found) - start
                    sum += place
                    from = place + 1
                }
                return sum
            }
        }
    }

    /// A memcpy for each line, to one place behind the other. Answers with the sum of the last bytes that were copied.
    static func copy(_ lines: [[UInt8]]) -> Benchmark.Work {
        let count = lines.reduce(0) { $0 + $1.count }
        let expected = lines.reduce(0) { $0 + Int($1.last ?? 0) }
        var target = [UInt8](repeating: 0, count: count)
        return Benchmark.Work(name: "memcpy of the same lines", expected: expected) {
            target.withUnsafeMutableBytes { target in
                guard let start = target.baseAddress else { return 0 }
                var (sum, end) = (0, 0)
                for line in lines {
                    line.withUnsafeBytes { bytes in
                        guard let from = bytes.baseAddress else { return }
                        memcpy(start + end, from, bytes.count)
                    }
                    end += line.count
                    sum += Int(target[end - 1])
                }
                return sum
            }
        }
    }
}
