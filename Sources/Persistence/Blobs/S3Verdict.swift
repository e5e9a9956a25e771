/// What an answer of S3 means.
enum S3Verdict: Equatable {
    case done
    /// There is no such picture.
    case absent
    /// It may work when asked again.
    case again(String)
    /// It makes no sense to ask again at once.
    case failed(String)
    /// Only the operator can mend it.
    case refused(String)

    init(_ answer: TransferAnswer) {
        let code = Self.code(of: answer.body)
        switch (answer.reply, code) {
        case (200..<300, _): self = .done
        case (404, "NoSuchKey"): self = .absent
        // TemporaryRedirect: the name of a new bucket has not reached everybody yet.
        case (307, _), (408, _), (409, _), (429, _), (500..., _), (_, "RequestTimeout"):
            self = .again(code ?? "status \(answer.reply)")
        default: self = .refused(code ?? "status \(answer.reply)")
        }
    }

    init(_ failure: TransferFailure) {
        switch failure.reason {
        case .cancelled, .overloaded, .tooLong, .controlByte: self = .failed(failure.words)
        default: self = .again(failure.words)
        }
    }

    private static let opening = Array("<Code>".utf8)
    private static let mostCodeBytes = 64

    /// S3's own word for what went wrong: the text of the first element `Code`, if it is a word.
    private static func code(of body: [UInt8]) -> String? {
        var rest = body[...]
        while let start = rest.firstIndex(of: opening[0]) {
            rest = rest[start...]
            guard rest.starts(with: opening) else {
                rest = rest.dropFirst()
                continue
            }
            let word = rest.dropFirst(opening.count).prefix { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
            return (1...mostCodeBytes).contains(word.count) ? String(decoding: word, as: UTF8.self) : nil
        }
        return nil
    }
}
