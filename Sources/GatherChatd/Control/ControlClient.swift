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
            throw StartFailure.other("the daemon that uses the data folder does not answer: it starts, or ends")
        }
        let end = try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: ControlRequest.text(request)))
            return try await read(inbound, output)
        }
        switch end {
        case .failed(let words): throw OperatorFailure(words)
        case .done: return
        case .output, nil: throw StartFailure.other("the daemon ended before it had answered: look what became of it")
        }
    }

    /// - Returns: How it ended, if that was said.
    private func read(
        _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ output: (OperatorOutput) throws -> Void
    ) async throws -> ControlMessage? {
        var bytes = ByteBuffer()
        for try await part in inbound {
            bytes.writeImmutableBuffer(part)
            while let end = bytes.readableBytesView.firstIndex(of: UInt8(ascii: "\n")),
                let line = bytes.readString(length: end - bytes.readerIndex)
            {
                bytes.moveReaderIndex(forwardBy: 1)
                guard case .output(let shown) = ControlMessage(line: line) else { return ControlMessage(line: line) }
                try output(shown)
            }
            bytes.discardReadBytes()
        }
        return nil
    }
}
