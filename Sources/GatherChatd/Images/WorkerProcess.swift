import CSpawn
import Commands
import LineProtocol
import NIOCore

#if canImport(Glibc)
    import Glibc
#endif

/// A child process that gets bytes and gives bytes. Blocks its thread while it runs.
///
/// It inherits nothing: no descriptor but its two pipes, no variable (they may hold passwords), no blocked or
/// ignored signal. It is in a process group of its own, so that a Ctrl-C meant for the daemon, which then finishes
/// what it began, does not end it.
struct WorkerProcess {
    enum End: Equatable, Sendable {
        case exit(Int32)
        /// A signal that we did not send.
        case signal(Int32)
        /// Killed, as it was still there at its deadline.
        case outOfTime
        /// Killed, as it wrote more than any answer has.
        case tooMuchOutput
    }

    struct Result: Equatable, Sendable {
        let end: End
        let output: [UInt8]
    }

    static let thisBinary = "/proc/self/exe"

    let executable: String
    let arguments: [String]

    /// Bytes taken from the child; more ends it.
    private static let mostOutput = 1_048_576
    /// Signals that the child must find as they are by default, whatever the daemon does with them.
    private static let freshSignals = [SIGPIPE, SIGXFSZ, SIGXCPU, SIGTERM, SIGINT, SIGHUP]

    /// - Parameter mostTime: Milliseconds until it is killed.
    /// - Throws: TEMPORARILY_UNAVAILABLE where no process can be had.
    func run(input: [UInt8], mostTime: Int64) throws -> Result {
        var (toChild, fromChild): ([CInt], [CInt]) = ([-1, -1], [-1, -1])
        guard gather_pipe(&toChild, O_CLOEXEC) == 0 else { throw Failure.temporarilyUnavailable }
        guard gather_pipe(&fromChild, O_CLOEXEC) == 0 else {
            for descriptor in toChild { close(descriptor) }
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
        let deadline = Self.now + mostTime
        switch exchange(input, to: toChild[1], from: fromChild[0], until: deadline) {
        case .whole(let output): return Result(end: Self.end(of: child, until: deadline), output: output)
        case .outOfTime: return Result(end: Self.kill(child, .outOfTime), output: [])
        case .tooMuch: return Result(end: Self.kill(child, .tooMuchOutput), output: [])
        }
    }

    private func spawn(input: CInt, output: CInt) -> pid_t? {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
        defer { posix_spawn_file_actions_destroy(&actions) }
        guard posix_spawnattr_init(&attributes) == 0 else { return nil }
        defer { posix_spawnattr_destroy(&attributes) }
        guard Self.set(&attributes),
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) == 0,
            posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) == 0,
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0,
            gather_close_from(&actions, STDERR_FILENO + 1) == 0
        else { return nil }
        let words = arguments.map { strdup($0) } + [nil]
        let environment = Self.environment.map { strdup($0) } + [nil]
        defer { for text in words + environment { free(text) } }
        var child: pid_t = 0
        guard posix_spawn(&child, executable, &actions, &attributes, words, environment) == 0 else { return nil }
        return child
    }

    private static func set(_ attributes: inout posix_spawnattr_t) -> Bool {
        var (defaults, blocked) = (sigset_t(), sigset_t())
        sigemptyset(&defaults)
        sigemptyset(&blocked)
        for signal in freshSignals { sigaddset(&defaults, signal) }
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
        return posix_spawnattr_setsigdefault(&attributes, &defaults) == 0
            && posix_spawnattr_setsigmask(&attributes, &blocked) == 0
            && posix_spawnattr_setpgroup(&attributes, 0) == 0
            && posix_spawnattr_setflags(&attributes, Int16(flags)) == 0
    }

    /// The search path of libraries is the one variable that a binary may need to start at all.
    private static var environment: [String] {
        let libraries = getenv("LD_LIBRARY_PATH").map { ["LD_LIBRARY_PATH=\(String(cString: $0))"] } ?? []
        return ImageWorkerProcess.environment + ["PATH=/usr/bin:/bin"] + libraries
    }

    private enum Exchange {
        case whole([UInt8])
        case outOfTime
        case tooMuch
    }

    /// Writes and reads at once, so that neither side waits for the other for ever. Closes both descriptors.
    private func exchange(_ input: [UInt8], to: CInt, from: CInt, until deadline: Int64) -> Exchange {
        defer { close(from) }
        var to: CInt? = to
        defer { if let to { close(to) } }
        if let to { _ = fcntl(to, F_SETFL, O_NONBLOCK) }
        var rest = input[...]
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = deadline - Self.now
            guard left > 0 else { return .outOfTime }
            var polled = [pollfd(fd: from, events: Int16(POLLIN), revents: 0)]
            if let to { polled.append(pollfd(fd: to, events: Int16(POLLOUT), revents: 0)) }
            guard poll(&polled, nfds_t(polled.count), CInt(clamping: left)) >= 0 || errno == EINTR else {
                return .outOfTime
            }
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
            if count == 0 { return .whole(output) }
            guard count > 0 else { continue }
            output.append(contentsOf: chunk[..<count])
            guard output.count <= Self.mostOutput else { return .tooMuch }
        }
    }

    /// Waits for a child that has closed its output, but not for ever: it may live on without one.
    private static func end(of child: pid_t, until deadline: Int64) -> End {
        var pause: CInt = 0
        while true {
            var status: CInt = 0
            let ended = waitpid(child, &status, WNOHANG)
            if ended == child { return end(status) }
            // Somebody else has taken its end: nothing is known of it.
            if ended < 0, errno != EINTR { return .outOfTime }
            guard now < deadline else { return kill(child, .outOfTime) }
            // As a rule it ends in the same moment; so look often at first.
            poll(nil, 0, pause)
            pause = min(pause + 1, 20)
        }
    }

    /// The number is the child's, and nobody else's, until `waitpid` took it.
    private static func kill(_ child: pid_t, _ end: End) -> End {
        // The group is its own, whatever it may have started.
        Glibc.kill(-child, SIGKILL)
        while waitpid(child, nil, 0) < 0, errno == EINTR {}
        return end
    }

    /// WIFEXITED, WEXITSTATUS and WTERMSIG, which are macros.
    private static func end(_ status: CInt) -> End {
        status & 0x7f == 0 ? .exit((status >> 8) & 0xff) : .signal(status & 0x7f)
    }

    /// Milliseconds of the monotonic clock.
    private static var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }
}
