import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The listening socket, and what a new connection is given.
enum Server {
    /// Who leaves more than this unread is disconnected.
    private static let mostUnread = 16 << 20

    static func listen(_ options: Options) throws -> any Channel {
        let tls = try NIOSSLContext(configuration: configuration(options))
        let group = MultiThreadedEventLoopGroup(numberOfThreads: options.loops)
        let building = Building(group)
        return try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.writeBufferWaterMark, value: .init(low: mostUnread / 2, high: mostUnread))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    var configuration = NIOSSLHandler.Configuration()
                    // NIOSSL up to 2.37.6 takes this and does not use it.
                    configuration.maximumPreservedOutboundBufferCapacity = 32_768
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: tls, configuration: configuration))
                    try pipeline.addHandler(Session(floor: building.floor(of: channel.eventLoop)))
                }
            }
            .bind(host: "127.0.0.1", port: options.port).wait()
    }

    private static func configuration(_ options: Options) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(options.certificate).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: options.key, format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        return configuration
    }
}

/// Raises the number of descriptors to what is allowed.
func raiseDescriptors() {
    #if canImport(Glibc)
        let descriptors = __rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue))
    #else
        let descriptors = RLIMIT_NOFILE
    #endif
    var limit = rlimit()
    guard getrlimit(descriptors, &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(descriptors, &limit)
}
