import LineProtocol
import Persistence

extension Command {
    static let avatarFetch = Command(
        Declaration(
            "AVATAR", "FETCH", [.word("user", required: false)], by: .user, codes: [.noSuchUser],
            help: "Sends somebody's picture as base64 in rows."),
        .long { call in
            let account = try await call.services.store.read { try call.avatarOwner($0) }
            let digest = account.avatarDigest
            let stored = digest == DefaultAvatar.digest ? DefaultAvatar.png : try await call.services.blobs.get(digest)
            guard let bytes = stored else { throw Failure.temporarilyUnavailable }
            let name = account.reference.name
            let rows = stride(from: 0, to: bytes.count, by: bytesARow).map { start in
                let piece = Array(bytes[start..<min(start + bytesARow, bytes.count)])
                return Row(kind: "AVATAR", fields: [name, Base64.encode(piece, .standard)])
            }
            return Answer(rows: rows, [name, String(bytes.count), digest])
        })
}

/// 6,000 characters of base64: well within a line, whole groups of four.
private let bytesARow = 4_500
