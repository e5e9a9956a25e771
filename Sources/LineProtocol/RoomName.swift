/// The name of a room (a group): 1 to 49 ASCII letters, digits, `-` and `_`, compared whatever the case, shown as made.
public struct RoomName: Sendable, Hashable, CustomStringConvertible {
    /// As made, without the `#`.
    public let shown: String
    /// In lower case: what is compared.
    public let folded: String

    /// - Returns: `nil` unless the text is a name, with or without one `#` in front.
    public init?(_ text: some StringProtocol) {
        let name = text.utf8.first == UInt8(ascii: "#") ? String(text.dropFirst()) : String(text)
        guard (1...49).contains(name.utf8.count), name.utf8.allSatisfy(\.isNameByte) else { return nil }
        shown = name
        folded = name.asciiLowercased
    }

    /// As the server writes it: with its `#`.
    public var description: String { "#" + shown }

    public static func == (left: RoomName, right: RoomName) -> Bool { left.folded == right.folded }
    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}
