import Commands
import Foundation
import Logging
import Persistence

#if canImport(Glibc)
    import Glibc
#endif

/// The store of pictures that `--blobs` names.
enum BlobChoice {
    case folder(String)
    case s3(S3Location, S3Keys)

    /// Pictures kept in memory in front of a store that is somewhere else.
    private static let mostCachedBytes = 16 * 1_048_576
    /// How long a start waits for such a store.
    private static let patience = Duration.seconds(10)

    /// - Parameter environment: Where the keys of S3 are.
    /// - Throws: `StartFailure.configuration`.
    init(_ settings: Settings, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        let url = settings.blobsURL
        guard url.hasPrefix("s3:") else {
            self = .folder(try LocalURL.path(url, "folder", "--blobs", orElse: " or s3://…"))
            return
        }
        let set = environment.filter { !$0.value.isEmpty }
        let location: S3Location
        do { location = try S3Location(url, defaultRegion: set["AWS_REGION"]) } catch {
            throw StartFailure.configuration("--blobs s3: \(error.words)")
        }
        if let authority = location.authority, access(authority, R_OK) != 0 {
            throw StartFailure.configuration("--blobs: the file that ca= names cannot be read")
        }
        guard let access = set["AWS_ACCESS_KEY_ID"], let secret = set["AWS_SECRET_ACCESS_KEY"] else {
            throw StartFailure.configuration(
                "--blobs s3: takes its keys from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; one is not set")
        }
        self = .s3(location, S3Keys(access: access, secret: secret, sessionToken: set["AWS_SESSION_TOKEN"]))
    }

    /// - Throws: `StartFailure.configuration` where a folder cannot be made.
    func open(_ logger: Logger) throws -> any BlobStore {
        switch self {
        case .folder(let folder):
            do { return try FolderBlobStore(folder: folder) } catch {
                throw StartFailure.configuration("--blobs: the folder \(folder) cannot be made")
            }
        case .s3(let location, let keys):
            let store = S3BlobStore(location, keys: keys, hash: { SHA256Digest.of($0) }) { notice in
                switch notice {
                case .fails(let words):
                    logger.error("the store of pictures does not work", metadata: .keyed([.reason: "\(words)"]))
                case .answersAgain: logger.notice("the store of pictures works again")
                }
            }
            return CachedBlobStore(store, mostBytes: Self.mostCachedBytes)
        }
    }

    /// Puts the default picture where clients will look for it. A store that cannot be reached is no reason not to start:
    /// people can chat, and those pictures come later; what it refuses, it would refuse for ever.
    /// - Throws: `StartFailure.configuration`.
    static func prepare(_ blobs: any BlobStore, _ logger: Logger) async throws {
        do {
            try await put(DefaultAvatar.png, DefaultAvatar.digest, blobs)
        } catch BlobFailure.refused(let code) {
            throw StartFailure.configuration("--blobs: the store refuses to keep a picture: \(code)")
        } catch {
            let words = (error as? BlobFailure)?.words ?? "\(type(of: error))"
            logger.warning("the default picture could not be stored", metadata: .keyed([.reason: "\(words)"]))
        }
    }

    /// Gives up when its time is over.
    private static func put(_ bytes: [UInt8], _ digest: String, _ blobs: any BlobStore) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await blobs.put(bytes, digest: digest) }
            group.addTask {
                try await Task.sleep(for: patience)
                throw BlobFailure.unavailable("no answer in time")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
