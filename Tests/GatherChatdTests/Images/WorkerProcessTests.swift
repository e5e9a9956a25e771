import Commands
import Foundation
import LineProtocol
import Testing

@testable import GatherChatd

/// Children that misbehave, played by the shell.
@Suite("A worker's process", .serialized)
struct WorkerProcessTests {
    /// As the daemon does before anything else: a child that reads nothing must not end its parent.
    init() { signal(SIGPIPE, SIG_IGN) }

    static func run(_ script: String, input: [UInt8] = [], mostTime: Int64 = 20_000) throws -> WorkerProcess.Result {
        try WorkerProcess(executable: "/bin/sh", arguments: ["sh", "-c", script, ImageWorkerTests.binary])
            .run(input: input, mostTime: mostTime)
    }

    static func text(_ script: String) throws -> String { String(decoding: try run(script).output, as: UTF8.self) }

    @Test func bytesGoThroughBothPipesAtOnce() throws {
        // More than both pipes hold: whoever wrote it all before reading would wait for ever.
        let input = (0..<900_000).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try Self.run("cat", input: input) == WorkerProcess.Result(end: .exit(0), output: input))
    }

    @Test func aChildThatReadsNothingIsHeardAllTheSame() throws {
        let result = try Self.run("echo no; exit 10", input: Array(repeating: 0, count: 4 << 20))
        #expect(result == WorkerProcess.Result(end: .exit(10), output: Array("no\n".utf8)))
    }

    @Test(
        "that does not end is ended at its deadline",
        arguments: ["exec sleep 600", "exec sleep 600 >&-", "exec cat /dev/zero | sleep 600", "kill -STOP $$"])
    func endless(_ script: String) throws {
        let start = ContinuousClock.now
        #expect(try Self.run(script, mostTime: 300).end == .outOfTime)
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    @Test func tooMuchOutputEndsIt() throws {
        #expect(try Self.run("exec cat /dev/zero") == WorkerProcess.Result(end: .tooMuchOutput, output: []))
    }

    @Test(arguments: [(SIGKILL, "KILL"), (SIGSEGV, "SEGV"), (SIGXCPU, "XCPU"), (SIGPIPE, "PIPE"), (SIGTERM, "TERM")])
    func aSignalIsTold(_ signal: Int32, _ name: String) throws {
        #expect(try Self.run("kill -\(name) $$").end == .signal(signal))
    }

    @Test func theChildInheritsNoDescriptorAndNoVariable() throws {
        // Without close-on-exec on purpose.
        let descriptor = open("/dev/null", O_RDONLY)
        defer { close(descriptor) }
        setenv("GATHER_WORKER_TEST_SECRET", "s3cr3t", 1)
        #expect(try Self.text("exec ls /proc/self/fd") == "0\n1\n2\n3\n", "3 is the folder that is listed")
        #expect(try !Self.text("exec env").contains("s3cr3t"))
    }

    @Test func aProgramThatIsNotThereIsNobodysFault() {
        let worker = WorkerProcess(executable: "/nonexistent", arguments: [])
        #expect(throws: Failure.temporarilyUnavailable) { try worker.run(input: [], mostTime: 1_000) }
    }

    @Test func theWorkerHasBoundItselfBeforeItReadsAPicture() throws {
        // Looks at the worker while it waits for its picture.
        let limits = try Self.text(
            """
            mkfifo "/tmp/gather-worker-$$"; "$0" image-worker --pixels 1 <"/tmp/gather-worker-$$" & child=$!
            exec 3>"/tmp/gather-worker-$$"; rm "/tmp/gather-worker-$$"
            until grep -q 'Max open files  *0  *0' "/proc/$child/limits"; do :; done
            cat "/proc/$child/limits"; kill $child
            """
        ).split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        for limit in [
            "Max address space 536870912 536870912 bytes", "Max cpu time 5 6 seconds", "Max core file size 0 0 bytes",
            "Max open files 0 0 files",
        ] {
            #expect(limits.contains(limit))
        }
    }

    static let png = DrawnPictures.png(8, 8) { _, _ in true }
    static let unavailable = Failure.temporarilyUnavailable

    @Test(
        "tells whose fault its end was",
        arguments: [
            (WorkerProcess.End.exit(10), png, AvatarFailure.unsupportedImage as any Error),
            (.exit(11), [], AvatarFailure.tooManyPixels(mostPixels: 9)), (.exit(12), [], unavailable),
            // 64: its arguments; 127: a library was not found.
            (.exit(64), [], unavailable), (.exit(127), [], unavailable), (.outOfTime, [], unavailable),
            (.signal(SIGKILL), [], unavailable), (.signal(SIGSEGV), [], AvatarFailure.unsupportedImage),
            (.signal(SIGXCPU), [], AvatarFailure.unsupportedImage),
            (.signal(SIGABRT), [], AvatarFailure.unsupportedImage),
            (.tooMuchOutput, [], AvatarFailure.unsupportedImage), (.exit(0), [], AvatarFailure.unsupportedImage),
            (.exit(0), Array("<script>".utf8), AvatarFailure.unsupportedImage),
        ])
    func fault(_ end: WorkerProcess.End, _ output: [UInt8], _ expected: any Error) {
        let result = WorkerProcess.Result(end: end, output: output)
        do {
            _ = try ImageWorker.picture(from: result, mostPixels: 9)
            Issue.record("taken")
        } catch {
            #expect("\(error)" == "\(expected)")
        }
    }

    @Test func aPictureIsTakenFromAGoodEndOnly() throws {
        let result = WorkerProcess.Result(end: .exit(0), output: Self.png)
        #expect(try ImageWorker.picture(from: result, mostPixels: 9) == Self.png)
    }
}
