import Synchronization

/// Who we are to S3. Never in a log line: its description is empty.
public struct S3Keys: Sendable, CustomStringConvertible, CustomReflectable {
    let credentials: Transfer.Credentials
    let sessionToken: String?

    /// - Parameter sessionToken: Of keys that were lent for some time.
    public init(access: String, secret: String, sessionToken: String?) {
        credentials = Transfer.Credentials(user: access, secret: secret)
        self.sessionToken = sessionToken
    }

    public var description: String { "S3Keys(private)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Pictures as objects of a bucket, signed by AWS Signature Version 4.
public final class S3BlobStore: BlobStore {
    /// In all, tries and pauses between them.
    static let mostTime = Duration.seconds(30)
    static let mostTries = 3
    /// Before the second try, and four times that before the third.
    static let pause = Duration.milliseconds(100)
    private static let emptyDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private let location: S3Location
    private let keys: S3Keys
    private let hash: @Sendable ([UInt8]) -> [UInt8]
    private let onNotice: @Sendable (BlobNotice) -> Void
    private let threads = TransferThreads("s3", threads: 8, mostWaiting: 256)
    /// `nil` before the first answer.
    private let isFailing = Mutex<Bool?>(nil)

    /// - Parameters:
    ///   - hash: SHA-256.
    ///   - onNotice: May be called on any thread. A first failure is its caller's to tell.
    public init(
        _ location: S3Location, keys: S3Keys, hash: @escaping @Sendable ([UInt8]) -> [UInt8],
        onNotice: @escaping @Sendable (BlobNotice) -> Void
    ) {
        self.location = location
        self.keys = keys
        self.hash = hash
        self.onNotice = onNotice
    }

    public func put(_ bytes: [UInt8], digest: String) async throws {
        let digest = try BlobDigest(digest)
        guard try await ask(.put, digest, body: bytes) != nil else { throw BlobFailure.refused("NoSuchKey") }
    }

    public func get(_ digest: String) async throws -> [UInt8]? {
        let digest = try BlobDigest(digest)
        guard let bytes = try await ask(.get, digest) else { return nil }
        guard hash(bytes).hexadecimal == digest.text else {
            throw BlobFailure.unavailable("a picture is not what its name says")
        }
        return bytes
    }

    public func delete(_ digest: String) async throws {
        let digest = try BlobDigest(digest)
        _ = try await ask(.delete, digest)
    }

    public func giveUp() { threads.giveUp() }

    /// - Returns: The body of the answer; `nil` where there is no such picture.
    private func ask(_ method: Transfer.Method, _ digest: BlobDigest, body: [UInt8]? = nil) async throws -> [UInt8]? {
        do {
            let answer = try await tries(method, digest, body)
            if isFailing.withLock({ replace(&$0, by: false) }) == true { onNotice(.answersAgain) }
            return answer
        } catch {
            if isFailing.withLock({ replace(&$0, by: true) }) == false { onNotice(.fails(error.words)) }
            throw error
        }
    }

    private func tries(
        _ method: Transfer.Method, _ digest: BlobDigest, _ body: [UInt8]?
    ) async throws(BlobFailure) -> [UInt8]? {
        let deadline = ContinuousClock.now + Self.mostTime
        var (number, pause) = (1, Self.pause)
        while true {
            let transfer = transfer(method, digest, body, mostTime: deadline - ContinuousClock.now)
            let (verdict, answer) = await outcome(of: transfer)
            switch verdict {
            case .done: return answer
            case .absent: return nil
            case .refused(let code): throw .refused(code)
            case .failed(let words): throw .unavailable(words)
            case .again(let words):
                guard number < Self.mostTries, ContinuousClock.now + pause < deadline else { throw .unavailable(words) }
            }
            // Cancelled, the next try ends at once.
            try? await Task.sleep(for: pause)
            number += 1
            pause *= 4
        }
    }

    private func outcome(of transfer: Transfer) async -> (S3Verdict, [UInt8]) {
        do throws(TransferFailure) {
            let answer = try await threads.run(transfer)
            return (S3Verdict(answer), answer.body)
        } catch {
            return (S3Verdict(error), [])
        }
    }

    /// One try: the time of now is part of what is signed.
    private func transfer(
        _ method: Transfer.Method, _ digest: BlobDigest, _ body: [UInt8]?, mostTime: Duration
    ) -> Transfer {
        // libcurl 7.88 signs with this header and does not send one by itself.
        var headers = ["x-amz-content-sha256: \(body == nil ? Self.emptyDigest : digest.text)"]
        if body != nil { headers.append("Content-Type: image/png") }
        if let token = keys.sessionToken { headers.append("x-amz-security-token: \(token)") }
        var transfer = Transfer(
            location.url(digest), location.isSecured ? .https : .http,
            .request(method, headers: headers, body: body, signing: "aws:amz:\(location.region):s3"),
            mostTime: mostTime)
        transfer.credentials = keys.credentials
        transfer.authority = location.authority
        transfer.slowest = (1_024, 10)
        if method == .get { transfer.mostAnswerBytes = Transfer.mostBodyBytes }
        return transfer
    }
}

/// - Returns: What it was before.
private func replace(_ flag: inout Bool?, by new: Bool) -> Bool? {
    defer { flag = new }
    return flag
}

extension BlobFailure {
    /// For the log.
    public var words: String {
        switch self {
        case .invalidDigest: "no digest"
        case .unavailable(let words): words
        case .refused(let code): "refused: \(code)"
        }
    }
}

extension [UInt8] {
    fileprivate var hexadecimal: String {
        let digits = Array<UInt8>("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
