import Foundation
import Synchronization
import Testing

@testable import Persistence

@Suite("Transfers by libcurl", .timeLimit(.minutes(1)))
struct TransferTests {
    /// A port on which nobody ever answers.
    private final class SilentServer: Sendable {
        enum Manner {
            /// Takes connections and says nothing.
            case silent
            /// Takes none: its queue is full.
            case full
            case refusing
        }

        let port: Int
        private let descriptor: CInt
        private let inTheWay: [CInt]

        init(_ manner: Manner = .silent) throws {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            self.descriptor = descriptor
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    bind(descriptor, address, length) == 0
                        && (manner == .refusing || listen(descriptor, manner == .full ? 0 : 16) == 0)
                        && getsockname(descriptor, address, &length) == 0
                }
            }
            try #require(bound)
            inTheWay = (0..<(manner == .full ? 4 : 0)).map { _ in
                let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
                _ = withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(client, $0, length) }
                }
                return client
            }
            port = Int(UInt16(bigEndian: address.sin_port))
        }

        deinit { for descriptor in [descriptor] + inTheWay { close(descriptor) } }
    }

    private func get(_ port: Int, mostTime: Duration = .seconds(50)) -> Transfer {
        Transfer(
            "http://127.0.0.1:\(port)/", .http, .request(.get, headers: [], body: nil, signing: nil), mostTime: mostTime
        )
    }

    private func reason(_ body: () async throws -> TransferAnswer) async -> TransferFailure.Reason? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? TransferFailure)?.reason
        }
    }

    @Test func controlBytesReachNoServer() async throws {
        let threads = TransferThreads("test", threads: 1, mostWaiting: 1)
        for text in ["a\r\nb", "a\nb", "a\0b", "a\u{7F}b", "\t"] {
            var mails = [
                Transfer("smtp://127.0.0.1:1/x", .smtp, mail(from: text), mostTime: .seconds(1)),
                Transfer("smtp://127.0.0.1:1/x", .smtp, mail(to: text), mostTime: .seconds(1)),
                Transfer("smtp://127.0.0.1:1/\(text)", .smtp, mail(), mostTime: .seconds(1)),
            ]
            var signedIn = Transfer("smtp://127.0.0.1:1/x", .smtp, mail(), mostTime: .seconds(1))
            signedIn.credentials = Transfer.Credentials(user: "user", secret: text)
            mails.append(signedIn)
            mails.append(
                Transfer(
                    "http://127.0.0.1:1/", .http, .request(.get, headers: ["X: \(text)"], body: nil, signing: nil),
                    mostTime: .seconds(1)))
            for transfer in mails {
                #expect(await reason { try await threads.run(transfer) } == .controlByte)
            }
        }
    }

    private func mail(from: String = "a@example.org", to: String = "b@example.org") -> Transfer.Job {
        .mail(from: from, to: to, message: Array("x".utf8), startsTLS: false)
    }

    @Test func oneProtocolIsAllowedAndNoOther() async throws {
        let threads = TransferThreads("test", threads: 1, mostWaiting: 1)
        let job = Transfer.Job.request(.get, headers: [], body: nil, signing: nil)
        for url in ["file:///etc/hostname", "http://127.0.0.1:1/", "gopher://127.0.0.1:1/"] {
            let transfer = Transfer(url, .https, job, mostTime: .seconds(1))
            #expect(await reason { try await threads.run(transfer) } == .other)
        }
    }

    private func reached(_ underWay: Int, _ waiting: Int, of threads: TransferThreads) async throws {
        while threads.load != (underWay, waiting) { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func aCancelledTransferEndsSoonAndSoDoesOneThatIsGivenUp() async throws {
        let server = try SilentServer()
        defer { withExtendedLifetime(server) {} }
        let threads = TransferThreads("test", threads: 2, mostWaiting: 0)
        for giveUp in [false, true] {
            let begun = ContinuousClock.now
            let task = Task { [self] in await reason { try await threads.run(get(server.port)) } }
            try await reached(1, 0, of: threads)
            if giveUp { threads.giveUp() } else { task.cancel() }
            #expect(await task.value == .cancelled)
            #expect(ContinuousClock.now - begun < .seconds(25))
        }
        #expect(await reason { try await threads.run(get(server.port)) } == .cancelled)
    }

    @Test func beyondItsThreadsAndItsQueueATransferIsRefusedAndWaitingCountsAsItsTime() async throws {
        let server = try SilentServer()
        defer { withExtendedLifetime(server) {} }
        let threads = TransferThreads("test", threads: 1, mostWaiting: 1)
        let first = Task { [self] in await reason { try await threads.run(get(server.port)) } }
        try await reached(1, 0, of: threads)
        let second = Task { [self] in
            await reason { try await threads.run(get(server.port, mostTime: .milliseconds(1))) }
        }
        try await reached(1, 1, of: threads)
        #expect(await reason { try await threads.run(get(server.port)) } == .overloaded)
        first.cancel()
        #expect(await first.value == .cancelled)
        #expect(await second.value == .timedOut)
        try await reached(0, 0, of: threads)
    }

    @Test func nobodyIsThere() async throws {
        let server = try SilentServer(.refusing)
        defer { withExtendedLifetime(server) {} }
        let threads = TransferThreads("test", threads: 1, mostWaiting: 1)
        #expect(await reason { try await threads.run(get(server.port)) } == .noConnection)
    }

    @Test func aTransferThatIsTooSlowEnds() async throws {
        let server = try SilentServer()
        defer { withExtendedLifetime(server) {} }
        let threads = TransferThreads("test", threads: 1, mostWaiting: 0)
        var transfer = get(server.port)
        transfer.slowest = (1_024, 1)
        let begun = ContinuousClock.now
        #expect(await reason { try await threads.run(transfer) } == .timedOut)
        #expect(ContinuousClock.now - begun < .seconds(25))
    }

    @Test func aHostThatDoesNotAnswerIsGivenUpAfterFiveSeconds() async throws {
        let server = try SilentServer(.full)
        defer { withExtendedLifetime(server) {} }
        let threads = TransferThreads("test", threads: 2, mostWaiting: 0)
        let begun = ContinuousClock.now
        async let ofPage = reason { try await threads.run(get(server.port)) }
        async let ofMail = reason {
            try await threads.run(Transfer("smtp://127.0.0.1:\(server.port)/x", .smtp, mail(), mostTime: .seconds(50)))
        }
        // libcurl's own limit and ours are the same.
        #expect([.timedOut, .noConnection].contains(await ofPage))
        #expect(await ofMail == .noConnection)
        #expect(ContinuousClock.now - begun > .seconds(4) && ContinuousClock.now - begun < .seconds(25))
    }

    @Test(arguments: [
        ("MAIL FROM:<a@b.c>\r\n", MailStage.sender), ("EHLO x\r\n", .hello), ("DATA\r\n", .data),
        ("STARTTLS\r\n", .startTLS),
        ("AUTH PLAIN", .authentication), ("RCPT TO:<a@b.c>", .recipient),
    ]) func aCommandTellsHowFarAMailIs(line: String, stage: MailStage) {
        #expect(MailStage(command: Array(line.utf8)) == stage)
        #expect(MailStage(command: Array("AG1lAGdlaGVpbQ==\r\n".utf8)) == nil)
    }
}
