import Testing

@testable import Persistence

@Suite("Pictures in S3: where they are, and what answers mean")
struct S3Tests {
    private static let name = String(repeating: "0a", count: 32)

    private func url(_ text: String, region: String? = nil) throws -> String {
        try S3Location(text, defaultRegion: region).url(BlobDigest(Self.name))
    }

    @Test(arguments: [
        ("s3://pictures", "https://pictures.s3.us-east-1.amazonaws.com/"),
        ("s3://pictures/", "https://pictures.s3.us-east-1.amazonaws.com/"),
        ("s3://pictures/chat/v1?region=eu-central-1", "https://pictures.s3.eu-central-1.amazonaws.com/chat/v1/"),
        ("s3://pictures?path-style=true", "https://s3.us-east-1.amazonaws.com/pictures/"),
        // No certificate of the store's fits a name with more dots.
        ("s3://my.pictures", "https://s3.us-east-1.amazonaws.com/my.pictures/"),
        ("s3://pictures/a?endpoint=http://127.0.0.1:9000", "http://127.0.0.1:9000/pictures/a/"),
        ("s3://pictures?endpoint=https://[::1]:9000/", "https://[::1]:9000/pictures/"),
        ("s3://pictures?endpoint=https://s3.example.org&path-style=false", "https://pictures.s3.example.org/"),
    ]) func aPictureIsAnObjectUnderThePrefix(text: String, base: String) throws {
        #expect(try url(text) == base + Self.name + ".png")
    }

    @Test func theRegionOfTheURLGoesBeforeThatOfTheEnvironment() throws {
        #expect(try S3Location("s3://pictures", defaultRegion: "eu-west-1").region == "eu-west-1")
        #expect(try S3Location("s3://pictures?region=eu-west-2", defaultRegion: "eu-west-1").region == "eu-west-2")
    }

    @Test(arguments: [
        "s3:", "s3://", "s3:pictures", "s3://Pictures", "s3://pi", "s3://pic_tures", "s3://-ictures", "s3://pic..tures",
        "s3://pictures:80", "s3://KEY:geheim@pictures", "s3://pictures/a//b", "s3://pictures/../b",
        "s3://pictures/a%20b",
        "s3://pictures/a b", "s3://pictures#geheim", "s3://pictures?geheim=1", "s3://pictures?region=",
        "s3://pictures?region=a&region=b", "s3://pictures?region=eu_1", "s3://pictures?region=eu:s3",
        "s3://pictures?path-style=yes", "s3://pictures?endpoint=ftp://x", "s3://pictures?endpoint=https://u:geheim@x",
        "s3://pictures?endpoint=https://x/y", "s3://pictures?endpoint=https://x:99999", "s3://pictures?endpoint=x:80",
        "s3://pictures?endpoint=https://x%0Ay", "s3://pictures?ca=", "s3://pictures?ca=a&ca=b",
    ]) func whatCannotBeMeantIsRefusedWithoutRepeatingIt(text: String) {
        #expect {
            try S3Location(text)
        } throws: { error in
            guard let mistake = error as? S3Location.Mistake else { return false }
            return !mistake.words.isEmpty && !mistake.words.contains("geheim") && !mistake.words.contains("\n")
        }
    }

    private static func body(_ code: String) -> String {
        "<?xml version=\"1.0\"?>\n<Error><Code>\(code)</Code><Message>of somebody</Message></Error>"
    }

    @Test(arguments: [
        (200, "", S3Verdict.done), (204, "", .done), (404, body("NoSuchKey"), .absent),
        (404, body("NoSuchBucket"), .refused("NoSuchBucket")), (404, "<html>", .refused("status 404")),
        (403, body("SignatureDoesNotMatch"), .refused("SignatureDoesNotMatch")), (403, "", .refused("status 403")),
        (301, body("PermanentRedirect"), .refused("PermanentRedirect")),
        (307, body("TemporaryRedirect"), .again("TemporaryRedirect")), (503, body("SlowDown"), .again("SlowDown")),
        (500, "", .again("status 500")), (429, "", .again("status 429")),
        (409, body("OperationAborted"), .again("OperationAborted")),
        (400, body("RequestTimeout"), .again("RequestTimeout")), (0, "", .refused("status 0")),
        // Whatever else stands there is not for a log.
        (403, body("bob@example.org <b>"), .refused("bob")), (403, body("1"), .refused("status 403")),
        (403, body(String(repeating: "A", count: 65)), .refused("status 403")), (403, "<Code>", .refused("status 403")),
        (403, "<C<Code>Odd", .refused("Odd")),
    ]) func anAnswerMeans(reply: Int, body: String, verdict: S3Verdict) {
        #expect(S3Verdict(TransferAnswer(reply: reply, body: Array(body.utf8))) == verdict)
    }
}
