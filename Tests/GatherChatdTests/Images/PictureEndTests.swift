import Commands
import Testing

@testable import GatherChatd

/// A file cut short is UNSUPPORTED_IMAGE.
@Suite("The end of a picture")
struct PictureEndTests {
    static let pictures: [(ImageKind, [UInt8])] = [
        (.png, DrawnPictures.png(8, 8) { x, y in x == y }), (.png, DefaultAvatar.png),
        (.jpeg, EncodedPictures.jpeg), (.webp, EncodedPictures.webp), (.gif, DrawnPictures.gif(frames: 3)),
    ]

    @Test("is found in a whole one, also with more behind it", arguments: pictures)
    func isFound(_ kind: ImageKind, _ picture: [UInt8]) {
        #expect(ImageKind(magicOf: picture) == kind)
        #expect(PictureEnd.isReached(in: picture, kind: kind))
        #expect(PictureEnd.isReached(in: picture + Array("PK and more".utf8), kind: kind))
    }

    @Test("is missed wherever the picture is cut", arguments: pictures)
    func isMissed(_ kind: ImageKind, _ picture: [UInt8]) {
        // The last four bytes of a PNG are the checksum of nothing, the padding of a WebP: they count, too.
        for length in 0..<picture.count {
            #expect(!PictureEnd.isReached(in: Array(picture.prefix(length)), kind: kind), "\(kind), \(length) bytes")
        }
    }

    @Test("is looked for without a trap in bytes that lie about lengths", arguments: ImageKind.allCases)
    func lies(_ kind: ImageKind) {
        var state: UInt64 = 1
        for (_, picture) in Self.pictures where ImageKind(magicOf: picture) == kind {
            for _ in 0..<2_000 {
                // A linear congruential generator (Knuth, MMIX): the same bytes each time.
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                var broken = picture
                broken[Int(state >> 33) % broken.count] = UInt8(truncatingIfNeeded: state >> 24)
                _ = PictureEnd.isReached(in: broken, kind: kind)
            }
            _ = PictureEnd.isReached(in: picture.map { _ in 0xFF }, kind: kind)
        }
    }
}
