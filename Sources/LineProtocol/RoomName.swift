/// The name of a room (a group): 1 to 49 ASCII letters, digits, `-` and `_`, compared whatever the
/// case, shown as made.
///
/// `room = [ "#" ] 1*49( ALPHA / DIGIT / "-" / "_" )`
public struct RoomName: Sendable, Hashable, CustomStringConvertible {
    /// As made, without the `#`.
    public let shown: String
    /// In lower case, without the `#`: what is compared.
    public let folded: String

    /// - Returns: `nil` unless the text is a name, with or without one `#` in front.
    public init?(_ text: String) {
        var text = text
        // Bytes, not characters: a mark that combines with the `#` belongs to the name, and spoils it.
        let shown: String? = text.withUTF8 { all in
            let bytes = UnsafeRawBufferPointer(
                rebasing: UnsafeRawBufferPointer(all)[(all.first == UInt8(ascii: "#") ? 1 : 0)...])
            guard (1...LineLimits.roomName).contains(bytes.count), bytes.allNameBytes else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
        guard let shown else { return nil }
        self.shown = shown
        folded = shown.asciiLowercased
    }

    /// As the server writes it: with its `#`.
    public var description: String { "#" + shown }

    /// Whatever the case.
    public static func == (left: RoomName, right: RoomName) -> Bool { left.folded == right.folded }
    /// By what is compared.
    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}

extension RoomName: Comparable {
    /// By folded ASCII, as lists of rooms are sorted.
    public static func < (left: RoomName, right: RoomName) -> Bool { left.folded < right.folded }
}
