/// The name of a person or bot, and of a token: an ASCII letter, then at most 31 letters, digits, `-` and
/// `_`, compared whatever the case, shown as made.
///
/// `username = ALPHA *31( ALPHA / DIGIT / "-" / "_" )`
public struct Username: Sendable, Hashable, CustomStringConvertible {
    /// As made.
    public let shown: String
    /// In lower case: what is compared.
    public let folded: String

    /// Nobody's, so that nobody can pose as the server or its keepers. Folded.
    public static let reserved: Set<String> = ["admin", "root", "server", "system", "support", "help"]

    /// - Returns: `nil` unless the text is a name by the grammar; reserved names are.
    public init?(_ text: String) {
        var text = text
        let isName = text.withUTF8 { bytes in
            guard let first = bytes.first, first.isLetter, bytes.count <= LineLimits.username else { return false }
            return UnsafeRawBufferPointer(bytes).allNameBytes
        }
        guard isName else { return nil }
        shown = text
        folded = text.asciiLowercased
    }

    /// Whether nobody may sign up with it.
    public var isReserved: Bool { Self.reserved.contains(folded) }

    /// As made.
    public var description: String { shown }

    /// Whatever the case.
    public static func == (left: Username, right: Username) -> Bool { left.folded == right.folded }
    /// By what is compared.
    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}

extension Username: Comparable {
    /// By folded ASCII, as lists of people are sorted.
    public static func < (left: Username, right: Username) -> Bool { left.folded < right.folded }
}
