import Testing

@testable import Commands

@Suite("A picture on its way up")
struct AvatarUploadTests {
    static let gif = Array("GIF89a".utf8)

    @Test func piecesBecomeTheWhole() throws {
        var upload = AvatarUpload(mostBytes: 100)
        try upload.put(bytes: 6)
        #expect(try upload.data("R0lG") == 3)
        #expect(try upload.data("ODlh") == 6)
        #expect(try upload.end(sha256: nil) == Self.gif && !upload.isOpen)
    }

    @Test func theDigestIsComparedInAnyCase() throws {
        var upload = AvatarUpload(mostBytes: 100)
        try upload.put(bytes: 6)
        _ = try upload.data("R0lGODlh")
        #expect(try upload.end(sha256: SHA256Digest.hex(SHA256Digest.of(Self.gif)).uppercased()) == Self.gif)
    }

    @Test(arguments: [
        "A", "AA", "AAA", "AAAA=", "A$AA", "====", "AA=A", "AAAA AAAA", "A\nAA", "é===",
        String(repeating: "A", count: 8_004), "",
    ])
    func whatIsNoBase64EndsIt(_ text: String) throws {
        var upload = AvatarUpload(mostBytes: 100_000)
        try upload.put(bytes: 6)
        #expect(throws: AvatarFailure.invalidParameters) { try upload.data(text) }
        #expect(throws: AvatarFailure.noUpload) { try upload.data("AAAA") }
    }

    @Test func nothingFollowsAPaddedGroup() throws {
        var upload = AvatarUpload(mostBytes: 100)
        try upload.put(bytes: 6)
        _ = try upload.data("AA==")
        #expect(throws: AvatarFailure.invalidParameters) { try upload.data("AAAA") }
    }

    @Test func moreThanAllowedEndsIt() throws {
        var upload = AvatarUpload(mostBytes: 5)
        #expect(throws: AvatarFailure.imageTooLarge(mostBytes: 5)) { try upload.put(bytes: 6) }
        try upload.put(bytes: 5)
        _ = try upload.data("AAAA")
        #expect(throws: AvatarFailure.imageTooLarge(mostBytes: 5)) { try upload.data("AAAA") }
        #expect(!upload.isOpen)
    }

    @Test func bytesAndDigestHaveToBeAsAnnounced() throws {
        var upload = AvatarUpload(mostBytes: 100)
        try upload.put(bytes: 7)
        _ = try upload.data("R0lGODlh")
        #expect(throws: AvatarFailure.checksumMismatch) { try upload.end(sha256: nil) }
        try upload.put(bytes: 6)
        _ = try upload.data("R0lGODlh")
        #expect(throws: AvatarFailure.checksumMismatch) { try upload.end(sha256: String(repeating: "0", count: 64)) }
        try upload.put(bytes: 3)
        _ = try upload.data("AAAA")
        #expect(throws: AvatarFailure.unsupportedImage) { try upload.end(sha256: nil) }
        #expect(throws: AvatarFailure.noUpload) { try upload.end(sha256: nil) }
    }

    @Test func aSecondPutStartsAgain() throws {
        var upload = AvatarUpload(mostBytes: 100)
        try upload.put(bytes: 6)
        _ = try upload.data("AAAA")
        try upload.put(bytes: 6)
        #expect(try upload.data("R0lGODlh") == 6)
    }

    @Test(arguments: Array(stride(from: 4, through: 1_404, by: 100)))
    func whereALineEndsIsFree(_ length: Int) throws {
        let picture = DefaultAvatar.png
        var rest = Base64.encode(picture, .standard)[...]
        var upload = AvatarUpload(mostBytes: picture.count)
        try upload.put(bytes: picture.count)
        var received = 0
        while !rest.isEmpty {
            received = try upload.data(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        #expect(received == picture.count)
        #expect(try upload.end(sha256: DefaultAvatar.digest) == picture)
    }

    @Test(arguments: ["", "0", String(repeating: "0", count: 63), String(repeating: "g", count: 64)])
    func whatIsNoDigestEndsIt(_ digest: String) throws {
        var upload = AvatarUpload(mostBytes: 100)
        try upload.put(bytes: 6)
        _ = try upload.data("R0lGODlh")
        #expect(throws: AvatarFailure.invalidParameters) { try upload.end(sha256: digest) }
        #expect(!upload.isOpen)
    }

    @Test func aFailureFromElsewhereEndsItByCancel() throws {
        var upload = AvatarUpload(mostBytes: 100)
        try upload.put(bytes: 6)
        upload.cancel()
        #expect(throws: AvatarFailure.noUpload) { try upload.data("AAAA") }
        #expect(throws: AvatarFailure.invalidParameters) { try upload.put(bytes: 0) }
        #expect(throws: AvatarFailure.invalidParameters) { try upload.put(bytes: -1) }
    }

    @Test func theDefaultPictureIsAPNGOfItsDigest() {
        #expect(ImageKind(magicOf: DefaultAvatar.png) == .png)
        #expect(SHA256Digest.hex(SHA256Digest.of(DefaultAvatar.png)) == DefaultAvatar.digest)
    }
}
