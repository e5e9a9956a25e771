import NIOCore
import NIOHTTPTypes

/// Closes a connection whose request has not arrived in time, however alive it keeps it with a byte now and then.
final class RequestDeadline: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    /// From its first line to its last byte.
    static let time = TimeAmount.seconds(30)

    private let time: TimeAmount
    private var timer: Scheduled<Void>?

    init(time: TimeAmount = RequestDeadline.time) { self.time = time }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            let channel = context.channel
            timer?.cancel()
            timer = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
        case .body: break
        case .end:
            timer?.cancel()
            timer = nil
        }
        context.fireChannelRead(data)
    }

    func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }
}
