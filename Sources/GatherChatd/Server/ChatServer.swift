import Commands
import NIOCore
import NIOPosix
import NIOSSL
import Persistence
import Synchronization

/// The line server: its listening sockets, and what a new connection is given.
final class ChatServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let shared: ConnectionContext
    private let certificate: CertificateBox
    private let exempt: [Network]
    private let nextID = Atomic<UInt64>(1)

    init(
        group: MultiThreadedEventLoopGroup, shared: ConnectionContext, certificate: CertificateBox,
        exempt: [Network]
    ) {
        self.group = group
        self.shared = shared
        self.certificate = certificate
        self.exempt = exempt
    }

    /// Begins to listen.
    /// - Throws: What the system says, as text that names the address.
    func listen(on address: HostPort, isSecured: Bool) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler())
                }
            }
            // A connection has from its listening socket what tcp(7) and socket(7) can set; set on each, these cost as much as
            // a tenth of its handshake. TCP_NODELAY is what the bootstrap sets by itself.
            .serverChannelOption(.socketOption(.so_keepalive), value: 1)
            .serverChannelOption(.tcpOption(.init(rawValue: Keepalive.idleOption)), value: Keepalive.idle)
            .serverChannelOption(.tcpOption(.init(rawValue: Keepalive.intervalOption)), value: Keepalive.interval)
            .serverChannelOption(.tcpOption(.init(rawValue: Keepalive.countOption)), value: Keepalive.count)
            .serverChannelOption(
                .tcpOption(.init(rawValue: Keepalive.userTimeoutOption)), value: Keepalive.userTimeout
            )
            .childChannelOption(.writeBufferWaterMark, value: .init(low: 2_048, high: 8_192))
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in self.prepare(channel, isSecured: isSecured) }
        return try await bootstrap.bind(host: address.host, port: address.port).get()
    }

    private func prepare(_ channel: any Channel, isSecured: Bool) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            guard shared.hub.population.canTell else { throw ChannelError.operationUnsupported }
            guard let seat = shared.hub.seats.first(where: { $0.loop === channel.eventLoop }) else {
                throw ChannelError.operationUnsupported
            }
            let address = channel.remoteAddress?.key(exempt: exempt) ?? AddressKey(network: nil)
            let connection = ConnectionHandler(
                id: nextID.wrappingAdd(1, ordering: .relaxed).oldValue, hub: seat.hub.value, shared: shared,
                address: address, isSecured: isSecured)
            if isSecured {
                var configuration = NIOSSLHandler.Configuration()
                configuration.maximumPreservedOutboundBufferCapacity = 16_384
                try channel.pipeline.syncOperations.addHandler(
                    NIOSSLServerHandler(context: certificate.current.context, configuration: configuration))
            }
            try channel.pipeline.syncOperations.addHandler(connection)
        }
    }
}

/// Finds peers that are gone without a line that wants an answer: after 60 s of silence, four probes 15 s apart;
/// and 120 s for what was sent to be acknowledged.
enum Keepalive {
    static let idleOption: CInt = 4
    static let intervalOption: CInt = 5
    static let countOption: CInt = 6
    static let userTimeoutOption: CInt = 18
    static let idle = 60
    static let interval = 15
    static let count = 4
    /// Milliseconds.
    static let userTimeout = 120_000
}
