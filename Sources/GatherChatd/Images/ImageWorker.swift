import Commands
import LineProtocol

#if canImport(Glibc)
    import Glibc
#endif

/// The daemon's side of the image worker: a process a picture, two at once, ten seconds each.
struct ImageWorker: ImageProcessing {
    private let mostPixels: Int
    private let executable: String
    private let threads: WorkThreads

    /// Processes at once.
    static let atOnce = 2
    /// Pictures that run or wait.
    static let mostWaiting = 64
    /// Milliseconds a picture may take before its process is killed.
    static let mostTime: Int64 = 10_000

    /// - Parameter executable: Has the sub-command `image-worker`: this very binary, but in tests.
    init(mostPixels: Int, mostWaiting: Int = Self.mostWaiting, executable: String = WorkerProcess.thisBinary) {
        self.mostPixels = mostPixels
        self.executable = executable
        self.threads = WorkThreads(threads: Self.atOnce, mostWaiting: mostWaiting)
    }

    func avatar(from bytes: [UInt8]) async throws -> [UInt8] {
        let worker = WorkerProcess(
            executable: executable, arguments: ["gatherchatd", "image-worker", "--pixels", String(mostPixels)])
        let result = try await threads.run { try worker.run(input: bytes, mostTime: Self.mostTime) }
        return try Self.picture(from: result, mostPixels: mostPixels)
    }

    /// What the end of a worker says about the picture it had.
    /// - Throws: `AvatarFailure` where it is the picture's fault, TEMPORARILY_UNAVAILABLE where it may be the machine's.
    static func picture(from result: WorkerProcess.Result, mostPixels: Int) throws -> [UInt8] {
        switch result.end {
        case .exit(let code):
            switch ImageWorkerExit(rawValue: code) {
            // A worker that a picture took over could write anything: no other kind may come out of it.
            case .made where ImageKind(magicOf: result.output) == .png: return result.output
            case .unsupported, .made: throw AvatarFailure.unsupportedImage
            case .tooManyPixels: throw AvatarFailure.tooManyPixels(mostPixels: mostPixels)
            // Any other code is not the worker's own: it did not even start.
            case .unavailable, nil: throw Failure.temporarilyUnavailable
            }
        // Memory that ran out, or an operator: the kernel's other limits have signals of their own.
        case .signal(SIGKILL): throw Failure.temporarilyUnavailable
        case .signal, .tooMuchOutput: throw AvatarFailure.unsupportedImage
        // A picture that costs too much meets the limit of processor time first.
        case .outOfTime: throw Failure.temporarilyUnavailable
        }
    }
}
