import Commands
import Foundation
import NIOCore
import NIOPosix

/// Asks the running daemon of a data folder.
struct ControlClient {
    let socket: ControlSocket

    /// - Throws: `OperatorFailure`; `StartFailure` where the daemon does not answer.
    func run(_ request: OperatorRequest, output: (OperatorOutput) throws -> Void) async throws {
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(unixDomainSocketPath: socket.path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel(wrappingChannelSynchronously: channel, configuration: .init())
                    }
                }
        } catch {
            throw Self.silence
        }
        // A daemon that hangs, or has no descriptor left to take the connection with.
        let timer = Task {
            try await Task.sleep(for: ControlRequest.mostTime)
            try await channel.channel.close()
        }
        defer { timer.cancel() }
        let end = try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ControlRequest.bytes(request))
            return try await read(inbound, begun: timer.cancel, output)
        }
        switch end {
        case .failed(let words): throw OperatorFailure(words)
        case .done: return
        case nil: throw Self.silence
        case .begun, .output:
            throw StartFailure.other("the daemon ended before it had answered: look what became of it")
        }
    }

    private static let silence = StartFailure.other(
        "the daemon that uses the data folder does not answer: it starts, ends, or hangs")

    /// - Returns: How it ended; `begun` where that was not said, `nil` where nothing was.
    private func read(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, begun: () -> Void,
        _ output: (OperatorOutput) throws -> Void
    ) async throws -> ControlMessage? {
        var (bytes, hasBegun) = (ByteBuffer(), false)
        for try await part in inbound {
            bytes.writeImmutableBuffer(part)
            while let end = bytes.readableBytesView.firstIndex(of: UInt8(ascii: "\n")),
                let line = bytes.readString(length: end - bytes.readerIndex)
            {
                bytes.moveReaderIndex(forwardBy: 1)
                switch ControlMessage(line: line) {
                case .begun:
                    hasBegun = true
                    begun()
                case .output(let shown): try output(shown)
                case let end: return end
                }
            }
            bytes.discardReadBytes()
        }
        return hasBegun ? .begun : nil
    }
}
