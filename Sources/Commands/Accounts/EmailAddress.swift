/// A mail address that may be written to: `me+bot@example.org`.
///
/// ASCII only, the dot-atom form of RFC 5321, section 4.1.2: no quotes, no comments, no address literals, so
/// that nothing in it can end a header or a command of SMTP. Equal whatever the case; `me+bot@…` is not `me@…`.
public struct EmailAddress: Sendable {
    /// Bytes of a whole address (RFC 5321, section 4.5.3.1.3, without its angle brackets).
    public static let mostBytes = 254
    private static let mostLocalBytes = 64
    private static let mostLabelBytes = 63
    private static let atomSigns = Array("!#$%&'*+-/=?^_`{|}~".utf8)

    /// As it was typed, and as mail is sent to it.
    public let shown: String
    /// In lower case: what makes two addresses one.
    public let folded: String

    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.mostBytes, let sign = bytes.lastIndex(of: UInt8(ascii: "@")),
            Self.isLocalPart(bytes[..<sign]), Self.isDomain(bytes[(sign + 1)...])
        else { return nil }
        shown = String(text)
        folded = String(decoding: bytes.map(Self.lowercased), as: UTF8.self)
    }

    /// Behind the last `@`.
    public var domain: String {
        String(shown[(shown.lastIndex(of: "@").map(shown.index(after:)) ?? shown.endIndex)...])
    }

    /// `Dot-string = Atom *("." Atom)`
    private static func isLocalPart(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count <= mostLocalBytes
            && bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && $0.allSatisfy { isAlphanumeric($0) || atomSigns.contains($0) } }
    }

    /// `sub-domain *("." sub-domain)`, at least two of them, the last no number: that would be an address literal.
    private static func isDomain(_ bytes: ArraySlice<UInt8>) -> Bool {
        let labels = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy(isLabel), let last = labels.last else { return false }
        return !last.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    private static func isLabel(_ bytes: ArraySlice<UInt8>) -> Bool {
        let dash = UInt8(ascii: "-")
        return !bytes.isEmpty && bytes.count <= mostLabelBytes && bytes.first != dash && bytes.last != dash
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == dash }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        let lower = lowercased(byte)
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

extension EmailAddress: Hashable {
    public static func == (one: EmailAddress, other: EmailAddress) -> Bool { one.folded == other.folded }
    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}

extension EmailAddress: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// No address, so that none stands in a log line by mistake.
    public var description: String { "EmailAddress(private)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
