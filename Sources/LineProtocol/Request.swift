public import NIOCore

/// A line from a client, by the grammar of protocol.md, section 1:
/// `[ "@" tags ] [ ":" source ] [ "/" ] verb parameters`.
public struct Request: Sendable, Equatable {
    /// Comes back on every line of the answer.
    public let label: String?
    /// Makes a MSG safe to send again.
    public let once: String?
    /// Upper case, without its slash.
    public let verb: String
    public let hasSlash: Bool
    /// What follows the verb; TABs read as spaces.
    public let parameters: ByteBuffer

    /// What a line is.
    public enum Parsed: Sendable, Equatable {
        case empty
        case request(Request)
        /// Refused whole; the label is known where its tags could be read.
        case refused(label: String?, Failure)
    }

    /// Reads a line without its ending. O(bytes).
    public static func parse(_ line: ByteBuffer) -> Parsed {
        let hasTabs: Bool
        do { hasTabs = try LineCheck.check(line) } catch {
            return .refused(label: label(ofHead: line), error)
        }
        var rest = hasTabs ? tabsAsSpaces(line) : line
        rest.skipSpaces()
        guard rest.readableBytes > 0 else { return .empty }
        let tags = Tags(takenFrom: &rest)
        if rest.firstByte == UInt8(ascii: ":") {
            _ = rest.readWord()
            rest.skipSpaces()
        }
        guard var word = rest.readWord() else { return .refused(label: tags.label, noVerb) }
        let hasSlash = word.firstByte == UInt8(ascii: "/")
        if hasSlash { word.moveReaderIndex(forwardBy: 1) }
        guard (1...LineLimits.verb).contains(word.readableBytes),
            word.readableBytesView.allSatisfy({ $0.isLetter || $0.isDigit })
        else { return .refused(label: tags.label, noVerb) }
        let verb = String(decoding: word.readableBytesView.map { $0.isLetter ? $0 & 0xdf : $0 }, as: UTF8.self)
        rest.skipSpaces()
        return .request(
            Request(label: tags.label, once: tags.once, verb: verb, hasSlash: hasSlash, parameters: rest))
    }

    private static var noVerb: Failure {
        Failure(
            .unknownCommand,
            words: "A line begins with a verb of letters and digits. HELP lists them; MSG #room text talks.")
    }

    /// The label in front of a line of which no more can be said: cut off, or not UTF-8.
    static func label(ofHead head: ByteBuffer) -> String? {
        var rest = head
        rest.skipSpaces()
        return Tags(takenFrom: &rest).label
    }
}

/// A line of a connection where lines are messages (`SET CHAT ON`).
public enum ChatLine: Sendable, Equatable {
    case empty
    /// As typed, a leading `@` or `:` included; of `//x` it is `/x`.
    case message(String)
    /// Begins with one slash: a command like any other.
    case command
    case refused(Failure)

    /// Reads a line without its ending.
    public init(_ line: ByteBuffer) {
        do {
            let hasTabs = try LineCheck.check(line)
            var text = hasTabs ? Request.tabsAsSpaces(line) : line
            guard text.readableBytesView.contains(where: { $0 != UInt8(ascii: " ") }) else {
                self = .empty
                return
            }
            if text.firstByte == UInt8(ascii: "/") {
                text.moveReaderIndex(forwardBy: 1)
                guard text.firstByte == UInt8(ascii: "/") else {
                    self = .command
                    return
                }
            }
            self = .message(String(buffer: text))
        } catch {
            self = .refused(error)
        }
    }
}

extension Request {
    /// Copies the line only where it has to change.
    static func tabsAsSpaces(_ line: ByteBuffer) -> ByteBuffer {
        ByteBuffer(bytes: line.readableBytesView.lazy.map { $0 == 0x09 ? 0x20 : $0 })
    }
}

/// The tags in front of a line; only `label` and `once` mean something, others are ignored.
private struct Tags {
    var label: String?
    var once: String?

    init(takenFrom rest: inout ByteBuffer) {
        guard rest.firstByte == UInt8(ascii: "@"), let word = rest.readWord() else { return }
        rest.skipSpaces()
        for tag in word.readableBytesView.dropFirst().split(separator: UInt8(ascii: ";")) {
            guard let equals = tag.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = tag[tag.index(after: equals)...]
            guard (1...LineLimits.tagValue).contains(value.count), value.allSatisfy(\.isVisible) else { continue }
            switch tag[..<equals] {
            case let key where key.elementsEqual("label".utf8): label = String(decoding: value, as: UTF8.self)
            case let key where key.elementsEqual("once".utf8): once = String(decoding: value, as: UTF8.self)
            default: break
            }
        }
    }
}

extension ByteBuffer {
    var firstByte: UInt8? { getInteger(at: readerIndex) }

    mutating func skipSpaces() {
        let spaces = readableBytesView.prefix { $0 == UInt8(ascii: " ") }.count
        moveReaderIndex(forwardBy: spaces)
    }

    /// The bytes up to the next space; `nil` if there are none.
    mutating func readWord() -> ByteBuffer? {
        let length = readableBytesView.firstIndex(of: UInt8(ascii: " ")).map { $0 - readerIndex } ?? readableBytes
        return length > 0 ? readSlice(length: length) : nil
    }
}
