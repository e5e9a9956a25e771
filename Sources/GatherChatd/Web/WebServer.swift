import Commands
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// What a request needs to know of its connection.
struct WebContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let address: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        address = source.channel.remoteAddress
    }

    /// A form without fields is all that is ever sent here.
    var maxUploadSize: Int { 16_384 }
}

/// HTTP with the bounds that all our doors have.
enum WebServer {
    /// Bytes of all headers of a request.
    static let mostHeaderBytes = 16_384
    static let idleTime = TimeAmount.seconds(30)

    /// HEAD is what GET says: what checks the links of a mail shall not find them broken.
    static func router() -> Router<WebContext> {
        Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
    }

    /// - Parameters:
    ///   - mostConnections: At once.
    ///   - onBound: Called with the port that was really bound.
    static func application(
        _ router: Router<WebContext>, at address: HostPort, mostConnections: Int, logger: Logger,
        onBound: @escaping @Sendable (Int) async -> Void = { _ in }
    ) -> any Service {
        var quiet = logger
        // What goes wrong with a stranger's request is theirs; why we cannot start is told by us, in one line.
        quiet.logLevel = .critical
        let waitingRoom = WaitingRoom(most: max(1, mostConnections / 2))
        let application = Application(
            router: router,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [RequestDeadline(waitingRoom: waitingRoom)], idleTimeout: idleTime,
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: mostHeaderBytes, maxHeaderListSize: mostHeaderBytes,
                        maxHeaderFieldCount: 100))),
            configuration: .init(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: .maximum(mostConnections, logger: quiet)),
            onServerRunning: { channel in await onBound(channel.localAddress?.port ?? 0) }, logger: quiet)
        return DoorService(address: address, application: application)
    }

    /// A short text for programs, or for people at `curl`.
    static func text(
        _ status: HTTPResponse.Status, _ text: String, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
