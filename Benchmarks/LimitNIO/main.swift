// Fan-out over TLS and nothing else, on SwiftNIO and NIOSSL: what a delivered message costs at the least on what the
// chat server is built on. Speaks what LimitC/limit.c speaks.

import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

guard let options = Options(CommandLine.arguments.dropFirst()) else {
    complain(Options.usage)
    exit(2)
}

raiseDescriptors()

// Threads that are made later inherit that these wait for `sigwait`.
var signals = sigset_t()
sigemptyset(&signals)
sigaddset(&signals, SIGTERM)
sigaddset(&signals, SIGINT)
pthread_sigmask(SIG_BLOCK, &signals, nil)

do {
    let server = try Server.listen(options)
    print("limit-nio ready tls=127.0.0.1:\(server.localAddress?.port ?? 0)")
    fflush(nil)
} catch {
    complain("limit-nio: \(error)")
    exit(1)
}

var signal: CInt = 0
sigwait(&signals, &signal)

func complain(_ words: String) {
    var line = words + "\n"
    line.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
