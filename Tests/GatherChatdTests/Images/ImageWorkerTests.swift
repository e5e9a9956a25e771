import Commands
import Foundation
import LineProtocol
import Testing

@testable import GatherChatd

/// Pictures of strangers (PROTOCOL.md, avatars), each through a real worker process.
/// One after the other: two of them at once is all that a worker runs, and none shall wait past its time here.
@Suite("The image worker", .serialized)
struct ImageWorkerTests {
    static let worker = ImageWorker(mostPixels: 40_000_000, executable: binary)

    /// The daemon that was built with these tests lies beside them; where they lie is told by what is loaded.
    static let binary: String = {
        let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
        let bundle = maps.split(separator: "\n").first { $0.hasSuffix(".xctest") } ?? ""
        let folder = bundle.drop { $0 != "/" }.split(separator: "/").dropLast()
        return folder.map { "/\($0)" }.joined() + "/gatherchatd"
    }()

    static func made(_ picture: [UInt8]) async throws -> [UInt8] { try await worker.avatar(from: picture) }

    static func isPNGOf256(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) && Array(bytes[16..<24]) == [0, 0, 1, 0, 0, 0, 1, 0]
    }

    /// The names of a PNG's chunks.
    static func chunks(_ png: [UInt8]) -> Set<String> {
        var (names, position): (Set<String>, Int) = ([], 8)
        while position + 8 <= png.count {
            let length = png[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            names.insert(String(decoding: png[position + 4..<position + 8], as: UTF8.self))
            position += 12 + length
        }
        return names
    }

    @Test(
        "makes a PNG of 256 × 256 pixels of every kind",
        arguments: [
            NamedPicture("PNG", DrawnPictures.bars()), NamedPicture("tiny", DrawnPictures.png(3, 5) { x, _ in x > 0 }),
            NamedPicture("default", DefaultAvatar.png), NamedPicture("JPEG", EncodedPictures.jpeg),
            NamedPicture("WebP", EncodedPictures.webp), NamedPicture("GIF", DrawnPictures.gif(frames: 1)),
        ])
    func everyKind(_ picture: NamedPicture) async throws {
        #expect(Self.isPNGOf256(try await Self.made(picture.bytes)))
    }

    /// Where the upright picture's pixel (x, y) is stored, by the orientation of EXIF 2.32, section 4.6.4.A.
    static func stored(_ orientation: Int) -> @Sendable (Int, Int) -> Bool {
        { x, y in
            switch orientation {
            case 2: DrawnPictures.isBar(255 - x, y)
            case 3: DrawnPictures.isBar(255 - x, 255 - y)
            case 4: DrawnPictures.isBar(x, 255 - y)
            case 5: DrawnPictures.isBar(y, x)
            case 6: DrawnPictures.isBar(255 - y, x)
            case 7: DrawnPictures.isBar(255 - y, 255 - x)
            case 8: DrawnPictures.isBar(y, 255 - x)
            default: DrawnPictures.isBar(x, y)
            }
        }
    }

    @Test("turns a picture upright by its EXIF", arguments: 1...8)
    func upright(_ orientation: Int) async throws {
        let exif = DrawnPictures.chunk("eXIf", DrawnPictures.exif(orientation: orientation))
        let turned = DrawnPictures.png(256, 256, extra: exif, isWhite: Self.stored(orientation))
        #expect(try await Self.made(turned) == Self.made(DrawnPictures.bars()))
    }

    @Test func turnsAJPEGAsWell() async throws {
        func made(_ orientation: Int) async throws -> [UInt8] {
            let exif = Array("Exif\0\0".utf8) + DrawnPictures.exif(orientation: orientation)
            return try await Self.made(DrawnPictures.jpeg(EncodedPictures.jpeg, with: [(0xE1, exif)]))
        }
        let plain = try await Self.made(EncodedPictures.jpeg)
        let (mirrored, halfTurned, flipped) = (try await made(2), try await made(3), try await made(4))
        // Left red, right blue: upside down it looks the same, mirrored it does not.
        #expect(flipped == plain && mirrored != plain && halfTurned == mirrored)
    }

    @Test func cutsFromTheMiddle() async throws {
        let wide = DrawnPictures.png(512, 256) { x, y in x < 128 || x >= 384 || DrawnPictures.isBar(x - 128, y) }
        let high = DrawnPictures.png(256, 512) { x, y in y < 128 || y >= 384 || DrawnPictures.isBar(x, y - 128) }
        let middle = try await Self.made(DrawnPictures.bars())
        #expect(try await Self.made(wide) == middle)
        #expect(try await Self.made(high) == middle)
    }

    @Test func dropsMetadata() async throws {
        let secret = Array("a secret place".utf8)
        let extra =
            DrawnPictures.chunk("tEXt", Array("Comment\0".utf8) + secret)
            + DrawnPictures.chunk("eXIf", DrawnPictures.exif(orientation: 1, comment: secret))
            + DrawnPictures.chunk("pHYs", DrawnPictures.bigEndian(7_777) + DrawnPictures.bigEndian(7_777) + [1])
        #expect(try await Self.made(DrawnPictures.bars(extra: extra)) == Self.made(DrawnPictures.bars()))
        let jpeg = DrawnPictures.jpeg(
            EncodedPictures.jpeg, with: [(0xFE, secret), (0xED, secret), (0xE1, Array("Exif\0\0".utf8) + secret)])
        #expect(try await Self.made(jpeg) == Self.made(EncodedPictures.jpeg))
        for picture in [DrawnPictures.bars(extra: extra), EncodedPictures.webp, EncodedPictures.jpeg] {
            #expect(try await Self.chunks(Self.made(picture)).isSubset(of: ["IHDR", "pHYs", "IDAT", "IEND"]))
        }
    }

    static let megabytes = [UInt8](repeating: 7, count: 2 << 20)

    @Test(
        "survives metadata of megabytes",
        arguments: [
            NamedPicture(
                "colour profile", DrawnPictures.chunk("iCCP", Array("x\0\0".utf8) + DrawnPictures.stored(megabytes))),
            NamedPicture("EXIF", DrawnPictures.chunk("eXIf", DrawnPictures.exif(orientation: 1, comment: megabytes))),
            NamedPicture("text", DrawnPictures.chunk("tEXt", Array("x\0".utf8) + megabytes)),
        ])
    func hugeMetadata(_ extra: NamedPicture) async throws {
        // Taken without it or refused, as the decoder likes, but never the machine's fault.
        do {
            #expect(try await Self.made(DrawnPictures.bars(extra: extra.bytes)) == Self.made(DrawnPictures.bars()))
        } catch let failure as AvatarFailure {
            #expect(failure == .unsupportedImage)
        }
    }

    @Test func takesTheFirstOfTenThousandFrames() async throws {
        #expect(
            try await Self.made(DrawnPictures.gif(frames: 10_000)) == Self.made(DrawnPictures.gif(frames: 1)))
    }

    @Test(
        "refuses too many pixels by the header alone",
        arguments: [(65_535, 65_535), (1_000_000, 41), (6_325, 6_325), (41, 1_000_000)])
    func tooManyPixels(_ width: Int, _ height: Int) async {
        let bomb = DrawnPictures.png(8, 8, claiming: (width, height)) { _, _ in true }
        await #expect(throws: AvatarFailure.tooManyPixels(mostPixels: 40_000_000)) { try await Self.made(bomb) }
    }

    @Test func pixelsUpToTheLimitAreTaken() async throws {
        let picture = DrawnPictures.png(10, 10) { x, y in x > y }
        let (exact, short) = (
            ImageWorker(mostPixels: 100, executable: Self.binary), ImageWorker(mostPixels: 99, executable: Self.binary)
        )
        #expect(Self.isPNGOf256(try await exact.avatar(from: picture)))
        await #expect(throws: AvatarFailure.tooManyPixels(mostPixels: 99)) { try await short.avatar(from: picture) }
    }

    static let svg = Array("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect/></svg>".utf8)

    static let zeros = [UInt8](repeating: 0, count: 100)
    static let noPictures: [NamedPicture] = [
        NamedPicture("nothing", []), NamedPicture("SVG", svg),
        NamedPicture("SVG in XML", Array("<?xml version='1.0'?>".utf8) + svg),
        NamedPicture("PNG behind a PDF", Array("%PDF-1.4\n".utf8) + DrawnPictures.bars()),
        NamedPicture("SVG behind the first bytes of a JPEG", [0xFF, 0xD8, 0xFF] + svg),
        NamedPicture("SVG behind the first bytes of a GIF", Array("GIF89a/*".utf8) + svg),
        NamedPicture("SVG behind the first bytes of a WebP", Array("RIFF\0\0\0\0WEBP".utf8) + svg),
        NamedPicture("a JPEG of zeros", [0xFF, 0xD8, 0xFF, 0xE0] + zeros),
        NamedPicture("a portable pixmap", Array("P6 9 9 255\n".utf8) + Array(repeating: 9, count: 243)),
        NamedPicture("a bitmap", Array("BM".utf8) + zeros), NamedPicture("a TIFF", Array("II*\0".utf8) + zeros),
        NamedPicture("a PNG with too few pixels", DrawnPictures.png(8, 8, claiming: (64, 64)) { _, _ in true }),
        NamedPicture(
            "a PNG without its last line", DrawnPictures.png(800, 799, claiming: (800, 800)) { x, y in x < y }),
    ]

    @Test("refuses what is no picture of a kind that is taken", arguments: noPictures)
    func noPicture(_ picture: NamedPicture) async {
        await #expect(throws: AvatarFailure.unsupportedImage) { try await Self.made(picture.bytes) }
    }

    @Test(
        "refuses a picture that was cut short",
        arguments: PictureEndTests.pictures.map { NamedPicture("\($0.0)", $0.1) }, [1, 12, 60])
    func cutShort(_ picture: NamedPicture, _ missing: Int) async {
        await #expect(throws: AvatarFailure.unsupportedImage) { try await Self.made(picture.bytes.dropLast(missing)) }
    }

    @Test func takesAPolyglotForThePictureThatItBegins() async throws {
        let archive = Array("PK\u{3}\u{4}<script>alert(1)</script>".utf8)
        #expect(try await Self.made(DrawnPictures.bars() + archive) == Self.made(DrawnPictures.bars()))
    }

    @Test func whatFindsNoPlaceIsTurnedAwayAndTheRestAreMade() async throws {
        let worker = ImageWorker(mostPixels: 100, mostWaiting: 4, executable: Self.binary)
        let picture = DrawnPictures.png(8, 8) { x, y in x == y }
        let results = await withTaskGroup(of: Result<[UInt8], any Error>.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    do { return .success(try await worker.avatar(from: picture)) } catch { return .failure(error) }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let made = results.compactMap { try? $0.get() }
        #expect(made.count >= 4 && Set(made).count == 1)
        for result in results {
            if case .failure(let error) = result { #expect(error as? Failure == Failure.temporarilyUnavailable) }
        }
        // What was turned away took no place with it.
        #expect(try await worker.avatar(from: picture) == made.first)
    }
}
