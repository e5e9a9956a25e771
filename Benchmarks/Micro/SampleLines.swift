/// Lines as people and their clients send them.
enum SampleLines {
    /// Messages of 20 to 180 bytes, so 100 on average, without their line ends.
    static let messages = texts(1_000, in: 20...180).map { "MSG #picnic :" + $0 }

    /// The same with tags, as clients send that want to know which answer is whose, and to send again safely.
    static let tagged = messages.enumerated().map { "@label=\($0);once=0f8fad5b-d9cb-469f-a165-\(100_000 + $0) " + $1 }

    /// Questions and changes, as typed.
    static let commands = (0..<1_000).map { number in
        [
            "/when min=1h atleast=3 limit=5", "/avail #picnic fri 18:00 3h", "HISTORY #picnic before=4711 50",
            "ping \(number)",
        ][
            number % 4]
    }

    /// Letters and spaces of a message in which nothing is special.
    static func texts(_ count: Int, in lengths: ClosedRange<Int>) -> [String] {
        let letters = Array("etaoin shrdlu etaoin shrdlu cmfwyp vbgkjq xz, who's in? 18:30!".utf8)
        var random = FixedRandom()
        return (0..<count).map { _ in
            let length = Int.random(in: lengths, using: &random)
            return String(
                decoding: (0..<length).map { _ in letters.randomElement(using: &random) ?? 0x78 }, as: UTF8.self)
        }
    }

    /// The bytes of lines as they come from a socket.
    static func stream(_ lines: [String]) -> [UInt8] { lines.flatMap { Array(($0 + "\r\n").utf8) } }
}
