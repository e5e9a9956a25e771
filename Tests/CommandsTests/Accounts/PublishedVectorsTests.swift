import Testing

@testable import Commands

/// What was hashed, signed or encoded once has to be read for ever: held against the standards' own examples, and
/// against values worked out with another implementation.
@Suite("Published vectors")
struct PublishedVectorsTests {
    /// RFC 7914, section 12, third vector, in the form in which hashes are stored.
    @Test func scryptIsThatOfTheStandard() throws {
        let stored =
            "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$"
            + "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw"
        #expect(try PasswordHasher().verify("pleaseletmein", against: stored))
        #expect(try !PasswordHasher().verify("pleaseletmeim", against: stored))
        #expect(PasswordHasher().needsRehash(stored))
    }

    /// FIPS 180-4, example of two blocks.
    static let twoBlocks = Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8)
    static let digest = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"

    @Test(arguments: 0...twoBlocks.count)
    func aDigestIsTheSameWhereverItsBytesAreCut(_ cut: Int) {
        var digest = SHA256Digest()
        digest.update(Array(Self.twoBlocks.prefix(cut)))
        digest.update(Array(Self.twoBlocks.dropFirst(cut)))
        #expect(SHA256Digest.hex(digest.finish()) == Self.digest)
    }

    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64IsThatOfTheStandard(_ plain: String, _ text: String) {
        let bytes = Array(plain.utf8)
        #expect(Base64.encode(bytes, .standard) == text && Base64.decode(text, .standard) == bytes)
        let bare = text.filter { $0 != "=" }
        #expect(Base64.encode(bytes, .unpadded) == bare && Base64.decode(bare, .unpadded) == bytes)
    }

    @Test(arguments: ["Zh==", "Zm9=", "Z", "Zg=", "Zg", "Zg==Zg==", "Z=g=", "====", "Zm9v\n", " Zm9v", "Zm-v"])
    func base64OfAnotherFormIsNone(_ text: String) { #expect(Base64.decode(text, .standard) == nil) }

    @Test func allBytesComeBackInEachAlphabet() {
        let bytes = (0...255).map { UInt8($0) }
        for alphabet in [Base64.Alphabet.standard, .url, .unpadded] {
            for count in 0...bytes.count {
                let part = Array(bytes.prefix(count))
                #expect(Base64.decode(Base64.encode(part, alphabet), alphabet) == part)
            }
        }
    }

    /// Worked out with Python's `hmac`: tokens of people outlive releases.
    @Test(arguments: [
        (SignedToken.Purpose.access, "ZGVmZ2hpamtsbW5vcHHFPVJWCWjMnbWNypalLPig"),
        (.reset, "ZGVmZ2hpamtsbW5vcHEh0ADIayCasLfSR70N5_Mv"),
    ])
    func aTokenIsSignedAsItAlwaysWas(_ purpose: SignedToken.Purpose, _ text: String) throws {
        let signer = try #require(SignedToken.Signer(key: (0..<32).map { UInt8($0) }))
        #expect(try signer.mint(purpose, from: CountingBytes(from: 100)).text == text)
        #expect(signer.verify(text, for: purpose)?.text == text)
    }
}

/// No randomness at all: 100, 101, 102 …
struct CountingBytes: RandomSource {
    let from: UInt8

    func bytes(_ count: Int) throws(RandomFailure) -> [UInt8] {
        (0..<count).map { from &+ UInt8(truncatingIfNeeded: $0) }
    }
}

/// A generator that has failed.
struct NoRandomness: RandomSource {
    func bytes(_ count: Int) throws(RandomFailure) -> [UInt8] { throw .unavailable }
}

@Suite("Without randomness")
struct NoRandomnessTests {
    @Test func noSecretIsMade() throws {
        let signer = try TokenTests.signer(1)
        #expect(throws: RandomFailure.unavailable) { try signer.mint(.access, from: NoRandomness()) }
        #expect(throws: RandomFailure.unavailable) { try InviteCodeText.make(from: NoRandomness()) }
        #expect(throws: RandomFailure.unavailable) { try SignedToken.Signer.newKey(from: NoRandomness()) }
        #expect(throws: PasswordHasher.Failure.unavailable) { try PasswordHasher(random: NoRandomness()).hash("x") }
    }

    @Test func aKeyThatIsTooShortSignsNothing() {
        #expect(SignedToken.Signer(key: Array(repeating: 1, count: 31)) == nil)
    }
}
