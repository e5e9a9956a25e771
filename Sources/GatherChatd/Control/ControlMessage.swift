import Commands
import NIOCore

/// What the daemon answers to an operator's command, a line each; the last one tells how it ended.
enum ControlMessage: Equatable {
    /// It is being done: said at once, so that a client knows that somebody is there.
    case begun
    case output(OperatorOutput)
    case done
    case failed(String)

    /// Lines of text never hold a line break: nothing that people type does.
    var line: String {
        switch self {
        case .begun: ">\n"
        case .output(.line(let text)): "+\(text)\n"
        case .output(.progress(let text)): "~\(text)\n"
        case .done: ".\n"
        case .failed(let words): "!\(words.replacing("\n", with: " "))\n"
        }
    }

    /// - Parameter line: Without its end.
    init?(line: some StringProtocol) {
        let text = String(line.dropFirst())
        switch line.first {
        case ">": self = .begun
        case "+": self = .output(.line(text))
        case "~": self = .output(.progress(text))
        case ".": self = .done
        case "!": self = .failed(text)
        default: return nil
        }
    }

    init(_ output: OperatorOutput) { self = .output(output) }
}

/// An operator's command on its way: a word a line, and an empty line at the end.
enum ControlRequest {
    /// Of a whole request.
    static let mostBytes = 8_192
    /// For a request to arrive, and for the first answer to come.
    static let mostTime = Duration.seconds(5)

    static func bytes(_ request: OperatorRequest) -> ByteBuffer {
        ByteBuffer(string: request.words.map { "\($0)\n" }.joined() + "\n")
    }

    /// - Returns: `nil` while the end is not there.
    static func words(_ bytes: ByteBuffer) -> [String]? {
        let view = bytes.readableBytesView
        guard let end = view.firstRange(of: [0x0a, 0x0a]) else { return nil }
        return view[..<end.lowerBound].split(separator: 0x0a, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
