import Commands
import LineProtocol
import Logging
import NIOCore
import NIOSSL
import NIOTLS
import Persistence

/// What all connections of the daemon share.
struct ConnectionContext: Sendable {
    let services: Services
    let hub: Hub
    let logger: Logger
    /// The first lines of every connection.
    let greeting: ByteBuffer

    init(services: Services, hub: Hub, logger: Logger) {
        self.services = services
        self.hub = hub
        self.logger = logger
        greeting = Self.greeting(of: services.place.serverName)
    }
}

/// One connection: it acts for `ConnectionState`, and moves bytes.
///
/// The pipeline is TLS and this handler. Everything happens on the connection's event loop. Its extensions hold one
/// concern each: lines (`+Lines`), answers (`+Answers`), the replay (`+Replay`), listening (`+Listening`), output
/// (`+Output`), timers (`+Life`).
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Where a connection is in its life.
    enum Phase: Equatable {
        /// TLS is being agreed on, until the deadline.
        case securing(NIODeadline)
        case open
        /// Lines already received are answered, then the connection ends.
        case draining
        /// Its last line is on its way; whatever still comes is not looked at. Until the deadline.
        case ending(NIODeadline)
        case closed
    }

    // What a delivery looks at stands together: a listener's memory is mostly not in the processor's cache.
    let hub: LoopHub
    var context: ChannelHandlerContext?
    /// Bytes handed to the channel since its last flush.
    var unflushedBytes = 0
    var phase: Phase
    /// Of the channel: kept here, as asking it costs as much as the rest of a delivery to it.
    var isWritable = true
    var isAwaitingFlush = false
    var isFlushing = false
    var isHandingOn = false
    /// In the middle of a delivery: this connection sent one of its messages.
    var isSender = false
    /// Something was handed to the channel since the last look.
    var hasProgressed = false
    /// A commit brings at most one write, as there is at most one room.
    var listensOnce = true
    var queue = OutgoingQueue()
    var state: ConnectionState

    let id: UInt64
    let shared: ConnectionContext
    let address: AddressKey
    let isSecured: Bool
    let acceptedAt = NIODeadline.now()

    var framer = LineFramer()
    /// A line that was read but has to wait for what is under way, or for flood control.
    var waitingFrame: LineFramer.Frame?
    var flood: FloodControl
    var isFloodDelayed = false
    var isTakingLines = false
    var isReadHeldBack = false
    var hasInputEnded = false
    /// Messages of this turn, on their way to the store in one call.
    var drafts: [MessageDraft] = []

    /// When something was seen to be handed to the channel, or had to wait for the first time.
    var lastProgress = NIODeadline.now()
    /// The loop looks at it once a second, as something has a time limit.
    var isTimed = false
    var closesWhenDrained = false

    var upload: AvatarUpload
    var paging: Paging?
    var replaying: Replaying?
    var listening: [RoomID: Listening] = [:]
    var quitReason: String?
    /// Sessions that this loop had ended when the log-in under way began.
    var endingsSeen = 0

    var composed = ByteBuffer()

    /// Why the connection may not stay; said once TLS is there.
    let refusal: String?

    init(id: UInt64, hub: LoopHub, shared: ConnectionContext, address: AddressKey, isSecured: Bool) {
        self.id = id
        self.hub = hub
        self.shared = shared
        self.address = address
        self.isSecured = isSecured
        self.refusal = shared.hub.population.opened(from: address)
        self.state = ConnectionState(registry: shared.services.registry)
        let limits = shared.services.limits
        self.upload = AvatarUpload(mostBytes: limits.avatarBytes)
        self.flood = FloodControl(rate: limits.commandRate, burst: limits.commandBurst, now: .now())
        self.phase = isSecured ? .securing(.now() + Self.handshakeTime) : .open
    }

    static let handshakeTime = TimeAmount.seconds(10)

    var origin: Origin { Origin(connection: id, loop: hub.index) }
    var family: Int64? { state.identity?.family }
    var wantsTags: Bool { state.tags }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        hub.add(self)
        beginTiming()
        shared.logger.debug("connection opened", metadata: .keyed([.connection: "\(id)"]))
        if context.channel.isActive && !isSecured { greet() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        closed()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        if !isSecured { greet() }
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        closed()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted where isSecured:
            phase = .open
            greet()
        case ChannelEvent.inputClosed:
            inputEnded()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard phase == .open || phase == .draining, !hasInputEnded else { return }
        var bytes = Self.unwrapInboundIn(data)
        framer.append(&bytes)
        hub.catchUp(self)
        takeLines()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        hub.flush()
    }

    /// Back-pressure: the channel asks for more only when the lines that are here were taken.
    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isReadHeldBack = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        if isWritable, !isFlushing { drainQueue() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A peer that vanishes, or that ends TLS without saying so, is a normal end; anything else is too rare and
        // too much the peer's doing to be worth more than a debug line.
        shared.logger.debug(
            "connection failed", metadata: .keyed([.connection: "\(id)", .error: "\(type(of: error))"]))
        context.close(promise: nil)
    }
}
