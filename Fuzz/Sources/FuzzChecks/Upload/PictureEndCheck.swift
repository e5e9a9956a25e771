@testable import Commands

#if canImport(PictureEnd)
    @testable import PictureEnd
#else
    @testable import GatherChatd
#endif

/// Any bytes as a picture: what is whole stays whole whatever follows, what was cut off is not whole, and where the
/// first byte says so the bytes are made a picture first.
func checkPictureEnd(_ input: [UInt8]) {
    guard let shape = input.first else { return }
    let rest = Array(input.dropFirst())
    for kind in ImageKind.allCases {
        var isReached = false
        for length in Set([0, rest.count, max(rest.count - 1, 0), rest.count / 2, Int(shape)]).sorted() {
            let wasReached = isReached
            isReached = PictureEnd.isReached(in: Array(rest.prefix(length)), kind: kind)
            require(isReached || !wasReached, "Bytes behind its end make a picture another.")
        }
    }
    checkMadePicture(shape, rest)
}

private func checkMadePicture(_ shape: UInt8, _ content: [UInt8]) {
    let kind = ImageKind.allCases[Int(shape) % ImageKind.allCases.count]
    let picture = MadePicture.bytes(kind, content)
    require(ImageKind(magicOf: picture) == kind, "A picture of another kind.")
    require(PictureEnd.isReached(in: picture, kind: kind), "The end of a picture was not found.")
    require(PictureEnd.isReached(in: picture + content, kind: kind), "The end of a picture was not found.")
    for length in picture.indices.suffix(20) + [picture.count / 2] {
        require(!PictureEnd.isReached(in: Array(picture.prefix(length)), kind: kind), "An end where there is none.")
    }
}

/// Files of the outer structure alone, with any content in it.
enum MadePicture {
    static func bytes(_ kind: ImageKind, _ content: [UInt8]) -> [UInt8] {
        switch kind {
        case .png: png(content)
        case .jpeg: jpeg(content)
        case .webp: Array("RIFF".utf8) + littleEndian(4 + content.count) + Array("WEBP".utf8) + content
        case .gif: gif(content)
        }
    }

    private static func png(_ content: [UInt8]) -> [UInt8] {
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        return signature + chunk("IHDR", [UInt8](repeating: 1, count: 13)) + chunk("IDAT", content) + chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        bigEndian(data.count) + Array(name.utf8) + data + [0, 0, 0, 0]
    }

    /// A segment with the content, then the content as coded data, in which FF is followed by 00.
    private static func jpeg(_ content: [UInt8]) -> [UInt8] {
        let segment = Array(content.prefix(60_000))
        let coded = content.flatMap { $0 == 0xFF ? [0xFF, 0x00] : [$0] }
        return [0xFF, 0xD8, 0xFF, 0xE0] + bigEndian(segment.count + 2).suffix(2) + segment + [0xFF, 0xDA, 0, 2] + coded
            + [0xFF, 0xD9]
    }

    private static func gif(_ content: [UInt8]) -> [UInt8] {
        var blocks: [UInt8] = []
        for start in stride(from: 0, to: content.count, by: 255) {
            let piece = content[start..<min(start + 255, content.count)]
            blocks += [UInt8(piece.count)] + piece
        }
        let image: [UInt8] = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2]
        return Array("GIF89a".utf8) + [1, 0, 1, 0, 0x80, 0, 0] + [UInt8](repeating: 7, count: 6) + image + blocks + [
            0, 0x3B,
        ]
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    private static func littleEndian(_ number: Int) -> [UInt8] { bigEndian(number).reversed() }
}
