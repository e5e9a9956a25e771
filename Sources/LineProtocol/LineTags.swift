/// The tags in front of a line: `"@" tag *( ";" tag )`, ended by a space.
///
/// Only `label` and `once` mean something; others are ignored, and so are these two with a value of a wrong
/// form. Of two good ones the last counts (IRCv3 message tags, "Rules for receiving clients").
struct LineTags {
    /// Comes back on every line of the answer.
    private(set) var label: String?
    /// Makes a MSG safe to send again.
    private(set) var once: String?
    /// The offset behind the tags: of the space that ends them, or of the end of the line. 0 without tags.
    private(set) var end = 0
    /// Whether a space ended them. If not, and more of the line is missing, the last tag may be cut.
    private(set) var isEnded = false

    /// Reads the tags of `line`, which begins at `start`. Any bytes will do, also those that are not UTF-8.
    init(of line: UnsafeRawBufferPointer, from start: Int) {
        end = start
        guard start < line.count, line[start] == UInt8(ascii: "@") else { return }
        var tagStart = start + 1
        var index = tagStart
        while index < line.count, !line[index].isBlank {
            if line[index] == UInt8(ascii: ";") {
                take(line[tagStart..<index])
                tagStart = index + 1
            }
            index += 1
        }
        take(line[tagStart..<index])
        end = index
        isEnded = index < line.count
    }

    private mutating func take(_ tag: Slice<UnsafeRawBufferPointer>) {
        if let value = Self.value(of: "label=", in: tag) {
            label = value
        } else if let value = Self.value(of: "once=", in: tag) {
            once = value
        }
    }

    private static func value(of key: StaticString, in tag: Slice<UnsafeRawBufferPointer>) -> String? {
        let isKey = key.withUTF8Buffer { tag.starts(with: $0) }
        guard isKey else { return nil }
        let value = tag.dropFirst(key.utf8CodeUnitCount)
        guard (1...LineLimits.tagValue).contains(value.count), value.allSatisfy(\.isVisible) else {
            return nil
        }
        return String(decoding: value, as: UTF8.self)
    }
}
