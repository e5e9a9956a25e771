import Commands
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Does what operators ask of the running daemon, on the socket of its data folder. Whoever may use that folder may ask.
final class ControlService: Service {
    private typealias Peer = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private let socket: ControlSocket
    private let group: any EventLoopGroup
    private let logger: Logger
    /// Set once the store is open.
    private let desk = Mutex<OperatorDesk?>(nil)

    init(socket: ControlSocket, group: any EventLoopGroup, logger: Logger) {
        self.socket = socket
        self.group = group
        self.logger = logger
    }

    func open(_ desk: OperatorDesk) { self.desk.withLock { $0 = desk } }

    func run() async throws {
        let server: NIOAsyncChannel<Peer, Never>
        do {
            server = try await ServerBootstrap(group: group)
                .bind(unixDomainSocketPath: socket.path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try Peer(wrappingChannelSynchronously: channel, configuration: .init())
                    }
                }
        } catch {
            throw StartFailure.other("the operators' socket, control/socket in the data folder, cannot be made")
        }
        await cancelWhenGracefulShutdown {
            try? await server.executeThenClose { peers in
                await withDiscardingTaskGroup { group in
                    do {
                        for try await peer in peers {
                            // A client that goes away harms nobody: what it asked for is done or not, in one transaction.
                            group.addTask { try? await self.serve(peer) }
                        }
                    } catch is CancellationError {
                        // The server goes away.
                    } catch {
                        self.logger.error(
                            "operators cannot connect", metadata: .keyed([.error: "\(type(of: error))"]))
                    }
                }
            }
        }
    }

    private func serve(_ peer: Peer) async throws {
        let timer = Task {
            try await Task.sleep(for: ControlRequest.mostTime)
            try await peer.channel.close()
        }
        try await peer.executeThenClose { inbound, outbound in
            var bytes = ByteBuffer()
            for try await part in inbound {
                bytes.writeImmutableBuffer(part)
                guard bytes.readableBytes <= ControlRequest.mostBytes else { break }
                guard let words = ControlRequest.words(bytes) else { continue }
                timer.cancel()
                try await outbound.write(ByteBuffer(string: ControlMessage.begun.line))
                try await outbound.write(ByteBuffer(string: await end(of: words, outbound).line))
                break
            }
            timer.cancel()
        }
    }

    private func end(
        of words: [String], _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) async -> ControlMessage {
        guard let request = OperatorRequest(words: words) else {
            return .failed("the running daemon does not know this command: it is of another version")
        }
        guard let desk = desk.withLock({ $0 }) else { return .failed("the daemon is still starting") }
        logger.notice("an operator's command", metadata: .keyed([.command: "\(words[0])"]))
        do {
            try await desk.run(request) { try await outbound.write(ByteBuffer(string: ControlMessage($0).line)) }
            return .done
        } catch let failure as OperatorFailure {
            return .failed(failure.words)
        } catch {
            return .failed("it failed")
        }
    }
}
