/// The forms of a picture that are taken, told by how the bytes begin, never by a name.
public enum ImageKind: String, Sendable, CaseIterable {
    case png, jpeg, webp, gif

    /// - Returns: `nil` for anything else.
    public init?(magicOf bytes: some Collection<UInt8>) {
        let head = Array(bytes.prefix(12))
        switch true {
        case head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]): self = .png
        case head.starts(with: [0xFF, 0xD8, 0xFF]): self = .jpeg
        case head.starts(with: Array("GIF87a".utf8)), head.starts(with: Array("GIF89a".utf8)): self = .gif
        case head.starts(with: Array("RIFF".utf8)) && head.dropFirst(8).elementsEqual("WEBP".utf8): self = .webp
        default: return nil
        }
    }
}
