import Commands
import LineProtocol

#if canImport(Glibc)
    import Glibc
#endif

/// The daemon's side of the image worker: a process a picture, two at once, ten seconds each.
struct ImageWorker: ImageProcessing {
    private let mostPixels: Int
    private let threads: WorkThreads

    /// Processes at once.
    static let atOnce = 2
    /// Pictures that run or wait.
    static let mostWaiting = 64
    /// Milliseconds a picture may take before its process is killed.
    static let mostTime: Int64 = 10_000

    init(mostPixels: Int) {
        self.mostPixels = mostPixels
        self.threads = WorkThreads(threads: Self.atOnce, mostWaiting: Self.mostWaiting)
    }

    func avatar(from bytes: [UInt8]) async throws -> [UInt8] {
        let mostPixels = mostPixels
        let result = try await threads.run {
            try WorkerProcess(arguments: ["gatherchatd", "image-worker", "--pixels", String(mostPixels)])
                .run(input: bytes, mostTime: Self.mostTime)
        }
        switch result.exit.flatMap(ImageWorkerExit.init(rawValue:)) {
        case .made where !result.output.isEmpty: return result.output
        case .tooManyPixels: throw AvatarFailure.tooManyPixels(mostPixels: mostPixels)
        case .unavailable: throw Failure.temporarilyUnavailable
        // A picture that ends its process, by a signal or by taking too long, is none that can be taken.
        case .unsupported, .made, nil: throw AvatarFailure.unsupportedImage
        }
    }
}
