import Commands

/// What the daemon answers to an operator's command, a line each; the last one tells how it ended.
enum ControlMessage: Equatable {
    case output(OperatorOutput)
    case done
    case failed(String)

    /// Lines of text never hold a line break: nothing that people type does.
    var line: String {
        switch self {
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

    static func text(_ request: OperatorRequest) -> String { request.words.map { "\($0)\n" }.joined() + "\n" }

    /// - Returns: `nil` while the end is not there.
    static func words(_ text: String) -> [String]? {
        guard let end = text.firstRange(of: "\n\n") else { return nil }
        return text[..<end.lowerBound].split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
}
