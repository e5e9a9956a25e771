import Foundation

@testable import Commands

/// An upload by PROTOCOL.md, section 11, told by the libraries of others and without a thought for memory.
struct UploadModel {
    private let mostBytes: Int
    private var announced: Int64 = 0
    private var texts: [String] = []
    var isOpen = false

    init(mostBytes: Int) { self.mostBytes = mostBytes }

    mutating func put(_ bytes: Int64) -> AvatarResult<Nothing> {
        isOpen = bytes > 0 && bytes <= mostBytes
        (announced, texts) = (bytes, [])
        if bytes <= 0 { return AvatarResult(failure: .invalidParameters) }
        return isOpen ? AvatarResult(Nothing()) : AvatarResult(failure: .imageTooLarge(mostBytes: mostBytes))
    }

    mutating func data(_ text: String) -> AvatarResult<Int> {
        guard isOpen else { return AvatarResult(failure: .noUpload) }
        isOpen = false
        let isEnded = texts.contains { $0.contains("=") }
        guard Self.bytes(text) != nil, text.utf8.count <= 8_000, !isEnded else {
            return AvatarResult(failure: .invalidParameters)
        }
        texts.append(text)
        let count = received.count
        guard count <= mostBytes else { return AvatarResult(failure: .imageTooLarge(mostBytes: mostBytes)) }
        isOpen = true
        return AvatarResult(count)
    }

    mutating func end(_ digest: String?) -> AvatarResult<[UInt8]> {
        guard isOpen else { return AvatarResult(failure: .noUpload) }
        isOpen = false
        if let digest, !Self.isDigest(digest) { return AvatarResult(failure: .invalidParameters) }
        let received = received
        let isSame = digest.map { $0.uppercased() == SHA256Digest.hex(SHA256Digest.of(received)).uppercased() } ?? true
        guard Int64(received.count) == announced, isSame else { return AvatarResult(failure: .checksumMismatch) }
        guard Self.isPicture(received) else { return AvatarResult(failure: .unsupportedImage) }
        return AvatarResult(received)
    }

    /// All of it, as if it had come in one line.
    private var received: [UInt8] { Self.bytes(texts.joined()) ?? [] }

    /// There is one text for the same bytes, and no other is taken.
    private static func bytes(_ text: String) -> [UInt8]? {
        guard !text.isEmpty, let data = Data(base64Encoded: text), data.base64EncodedString() == text else {
            return nil
        }
        return [UInt8](data)
    }

    private static func isPicture(_ bytes: [UInt8]) -> Bool {
        func has(_ text: String, at place: Int) -> Bool { bytes.dropFirst(place).starts(with: text.utf8) }
        return bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
            || bytes.starts(with: [0xFF, 0xD8, 0xFF])
            || has("GIF87a", at: 0) || has("GIF89a", at: 0) || has("RIFF", at: 0) && has("WEBP", at: 8)
    }

    private static func isDigest(_ text: String) -> Bool {
        text.count == 64 && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}
