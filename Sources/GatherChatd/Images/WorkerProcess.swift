import CSpawn
import Commands
import LineProtocol
import NIOCore

#if canImport(Glibc)
    import Glibc
#endif

/// A child process of this very binary that gets bytes and gives bytes. Blocks its thread while it runs.
struct WorkerProcess {
    struct Result: Sendable {
        /// `nil` where a signal ended it.
        let exit: Int32?
        let output: [UInt8]
    }

    let arguments: [String]

    /// Bytes taken from the child; more ends it.
    private static let mostOutput = 1_048_576

    /// - Throws: TEMPORARILY_UNAVAILABLE where no process can be had.
    func run(input: [UInt8], mostTime: Int64) throws -> Result {
        var (toChild, fromChild): ([CInt], [CInt]) = ([-1, -1], [-1, -1])
        guard gather_pipe(&toChild, O_CLOEXEC) == 0 else { throw Failure.temporarilyUnavailable }
        guard gather_pipe(&fromChild, O_CLOEXEC) == 0 else {
            toChild.forEach { close($0) }
            throw Failure.temporarilyUnavailable
        }
        let child = spawn(input: toChild[0], output: fromChild[1])
        close(toChild[0])
        close(fromChild[1])
        guard let child else {
            close(toChild[1])
            close(fromChild[0])
            throw Failure.temporarilyUnavailable
        }
        let output = exchange(input, to: toChild[1], from: fromChild[0], until: Self.now + mostTime)
        // Whoever has not ended by now took too long or wrote too much; the number is ours until `waitpid` took it.
        if output == nil { kill(child, SIGKILL) }
        return Result(exit: Self.wait(for: child), output: output ?? [])
    }

    private func spawn(input: CInt, output: CInt) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        gather_close_from(&actions, STDERR_FILENO + 1)
        let words = arguments.map { strdup($0) } + [nil]
        let environment = (ImageWorkerProcess.environment + ["PATH=/usr/bin:/bin"]).map { strdup($0) } + [nil]
        defer { (words + environment).forEach { free($0) } }
        var child: pid_t = 0
        guard posix_spawn(&child, "/proc/self/exe", &actions, nil, words, environment) == 0 else { return nil }
        return child
    }

    /// Writes and reads at once, so that neither side waits for the other for ever.
    /// - Returns: `nil` where time or size ran out.
    private func exchange(_ input: [UInt8], to: CInt, from: CInt, until deadline: Int64) -> [UInt8]? {
        defer { close(from) }
        var to: CInt? = to
        defer { if let to { close(to) } }
        if let to { _ = fcntl(to, F_SETFL, O_NONBLOCK) }
        var rest = input[...]
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = deadline - Self.now
            guard left > 0 else { return nil }
            var polled = [pollfd(fd: from, events: Int16(POLLIN), revents: 0)]
            if let to { polled.append(pollfd(fd: to, events: Int16(POLLOUT), revents: 0)) }
            guard poll(&polled, nfds_t(polled.count), CInt(clamping: left)) >= 0 || errno == EINTR else { return nil }
            if let descriptor = to, polled.count > 1, polled[1].revents != 0 {
                let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if count > 0 { rest = rest.dropFirst(count) }
                // A child that read enough to refuse the picture closes early.
                if rest.isEmpty || (count < 0 && errno != EAGAIN && errno != EINTR) {
                    close(descriptor)
                    to = nil
                }
            }
            guard polled[0].revents != 0 else { continue }
            let count = chunk.withUnsafeMutableBytes { read(from, $0.baseAddress, $0.count) }
            if count == 0 { return output }
            if count < 0 {
                if errno == EINTR { continue }
                return nil
            }
            output.append(contentsOf: chunk[..<count])
            guard output.count <= Self.mostOutput else { return nil }
        }
    }

    private static func wait(for child: pid_t) -> Int32? {
        var status: CInt = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { return nil }
        }
        // WIFEXITED and WEXITSTATUS, which are macros.
        return status & 0x7f == 0 ? (status >> 8) & 0xff : nil
    }

    /// Milliseconds of the monotonic clock.
    private static var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }
}
