import NIOCore
import NIOHTTPTypes

/// Closes a connection whose request has not arrived in time, however alive it keeps it with a byte now and then, or that
/// does not take its answer. (How long the head of a request may take is the idle time's affair.)
final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// From a request's head to its last byte, and from there until its answer was sent.
    static let time = TimeAmount.seconds(30)

    private let time: TimeAmount
    private let waitingRoom: WaitingRoom?
    private var ticket: UInt64?
    private var timer: Scheduled<Void>?
    /// Requests whose answers have not gone yet.
    private var unanswered = 0

    /// - Parameter waitingRoom: Where the connection waits while no whole request of it is here.
    init(time: TimeAmount = RequestDeadline.time, waitingRoom: WaitingRoom? = nil) {
        self.time = time
        self.waitingRoom = waitingRoom
    }

    func handlerAdded(context: ChannelHandlerContext) { ticket = waitingRoom?.enter(context.channel) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            unanswered += 1
            start(context)
        case .body: break
        case .end:
            // Not before: whoever sends half a request occupies the door as well.
            leaveWaitingRoom()
            start(context)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        let sent = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        sent.futureResult.whenComplete { _ in
            let (deadline, context) = bound.value
            deadline.answered(context)
        }
        context.write(data, promise: sent)
    }

    private func answered(_ context: ChannelHandlerContext) {
        unanswered = max(0, unanswered - 1)
        if unanswered > 0 {
            start(context)
        } else {
            stop()
            if ticket == nil { ticket = waitingRoom?.enter(context.channel) }
        }
    }

    private func start(_ context: ChannelHandlerContext) {
        let channel = context.channel
        timer?.cancel()
        // Not `.close()` alone: what the peer does not take would keep TLS and sockets waiting.
        timer = context.eventLoop.scheduleTask(in: time) { channel.close(mode: .all, promise: nil) }
    }

    private func stop() {
        timer?.cancel()
        timer = nil
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stop()
        leaveWaitingRoom()
    }

    private func leaveWaitingRoom() {
        if let ticket { waitingRoom?.leave(ticket) }
        ticket = nil
    }
}
