public import NIOCore

/// A line from a client (protocol, section 1):
/// `[ "@" tags 1*SP ] [ ":" source 1*SP ] [ "/" ] verb [ 1*SP parameters ]`.
///
/// ```
/// @label=3;once=a7 MSG #picnic who is in for Sunday?
/// /when min=1h
/// ```
///
/// Its parameters may be a password or a token: what is printed of a request leaves them out.
public struct Request: Sendable, Equatable {
    /// Comes back on every line of the answer; 1 to 64 visible ASCII characters but `;`.
    public let label: String?
    /// Makes a MSG safe to send again; of the same form as the label.
    public let once: String?
    /// Upper case, without its slash; 1 to 32 letters and digits, so it may be echoed.
    public let verb: String
    /// Whether the verb was written with a slash in front.
    public let hasSlash: Bool
    /// What follows the verb and its spaces, spaces at its end included; TABs read as spaces. UTF-8.
    public let parameters: ByteBuffer

    /// What a line is.
    public enum Parsed: Sendable, Equatable {
        /// Nothing but blanks: no answer.
        case empty
        /// Well formed. Whether there is such a verb is for others to say.
        case request(Request)
        /// Refused whole: `FAIL * …`; the label is known where its tags could be read.
        case refused(label: String?, Failure)
    }

    /// Reads a line without its ending. O(bytes); copies the line only if it has TABs.
    ///
    /// Refused with INVALID_UTF8, INVALID_CHARACTER, or UNKNOWN_COMMAND where no verb is by the grammar.
    public static func parse(_ line: ByteBuffer) -> Parsed {
        let hasTabs: Bool
        do { hasTabs = try LineCheck.check(line) } catch {
            return .refused(label: line.withUnsafeReadableBytes(label), error)
        }
        var parameters = hasTabs ? tabsAsSpaces(line) : line
        let head = parameters.withUnsafeReadableBytes(Head.init)
        guard !head.isBlank else { return .empty }
        guard let verb = head.verb else { return .refused(label: head.tags.label, noVerb) }
        parameters.moveReaderIndex(forwardBy: head.end)
        return .request(
            Request(
                label: head.tags.label, once: head.tags.once, verb: verb, hasSlash: head.hasSlash,
                parameters: parameters))
    }

    /// The label in front of a line that is too long. Only tags within `LineLimits.line` bytes count:
    /// so much is there however the bytes came, and a label is never the cut beginning of one.
    static func label(ofHead head: ByteBuffer) -> String? {
        head.withUnsafeReadableBytes { bytes in
            let bytes = UnsafeRawBufferPointer(rebasing: bytes.prefix(LineLimits.line))
            let tags = LineTags(of: bytes, from: bytes.endOfBlanks(from: 0))
            return tags.isEnded ? tags.label : nil
        }
    }

    /// Copies the line.
    static func tabsAsSpaces(_ line: ByteBuffer) -> ByteBuffer {
        ByteBuffer(bytes: line.readableBytesView.lazy.map { $0 == 0x09 ? 0x20 : $0 })
    }

    private static func label(_ line: UnsafeRawBufferPointer) -> String? {
        LineTags(of: line, from: line.endOfBlanks(from: 0)).label
    }

    private static let noVerb = Failure(
        .unknownCommand,
        words: "A line begins with a verb of letters and digits. HELP lists them; MSG #room text talks.")
}

extension Request: CustomStringConvertible, CustomReflectable {
    /// The verb and the number of bytes behind it, for logs.
    public var description: String { "\(verb) (\(parameters.readableBytes) bytes)" }

    /// As ``description``, so that a dump tells no secret either.
    public var customMirror: Mirror { Mirror(self, children: ["verb": verb]) }
}

/// What stands in front of the parameters.
private struct Head {
    /// The tags, if any.
    let tags: LineTags
    /// Whether the line has no character but blanks.
    let isBlank: Bool
    /// Upper case; nil where there is none by the grammar.
    private(set) var verb: String?
    private(set) var hasSlash = false
    /// Where the parameters begin.
    private(set) var end = 0

    init(of line: UnsafeRawBufferPointer) {
        var index = line.endOfBlanks(from: 0)
        isBlank = index == line.count
        tags = LineTags(of: line, from: index)
        index = line.endOfBlanks(from: tags.end)
        if index < line.count, line[index] == UInt8(ascii: ":") {
            index = line.endOfBlanks(from: line.endOfWord(from: index))
        }
        if index < line.count, line[index] == UInt8(ascii: "/") {
            hasSlash = true
            index += 1
        }
        let wordEnd = line.endOfWord(from: index)
        let word = line[index..<wordEnd]
        guard (1...LineLimits.verb).contains(word.count), word.allSatisfy({ $0.isLetter || $0.isDigit })
        else { return }
        verb = String(unsafeUninitializedCapacity: word.count) { target in
            for (offset, byte) in word.enumerated() {
                target.initializeElement(at: offset, to: byte.isLetter ? byte & 0xDF : byte)
            }
            return word.count
        }
        end = line.endOfBlanks(from: wordEnd)
    }
}

extension UnsafeRawBufferPointer {
    /// The offset of the first byte at or after `start` that is no blank; the end if there is none.
    fileprivate func endOfBlanks(from start: Int) -> Int {
        var index = start
        while index < count, self[index].isBlank { index += 1 }
        return index
    }

    /// The offset of the first blank at or after `start`; the end if there is none.
    fileprivate func endOfWord(from start: Int) -> Int {
        var index = start
        while index < count, !self[index].isBlank { index += 1 }
        return index
    }
}
