import LineProtocol
import Logging
import NIOCore

extension ConnectionHandler {
    /// With so much handed to the channel, it is flushed at once: its writability tells the truth, and the TLS handler
    /// keeps for good as much memory as the largest flush took (NIOSSL 2.37 does not look at
    /// `maximumPreservedOutboundBufferCapacity` on the way that a server takes). With its TLS record still in the 16 KiB
    /// that the handler has from the start.
    static let mostUnflushed = 15_872
    /// A long answer goes out in pieces of this size: after a replay of thousands of lines an idle connection holds no
    /// more than before. Smaller pieces would cost more system calls than the memory is worth.
    private static let answerPiece = 4_096

    /// Lines of an answer; they go out behind all that waits already.
    func send(answer bytes: ByteBuffer) {
        guard phase != .closed, bytes.readableBytes > 0 else { return }
        if case .ending = phase { return }
        if queue.isEmpty, isWritable, bytes.readableBytes <= Self.answerPiece, let context {
            write(bytes, to: context)
        } else {
            queue.append(answer: bytes)
            handOn()
        }
    }

    /// Hands on what waits for as long as the channel takes it: what is many bytes in pieces, each flushed, so that no more
    /// than a piece or two waits in the channel, where each has a buffer of its own.
    func handOn() {
        guard !isHandingOn, let context, phase != .closed else { return }
        isHandingOn = true
        while isWritable, let bytes = queue.next(answerPiece: Self.answerPiece, eventPiece: Self.mostUnflushed) {
            write(bytes, to: context)
            // A channel that takes no more may only want a flush of what it has.
            if bytes.readableBytes >= Self.answerPiece || !isWritable { flushWritten() }
        }
        isHandingOn = false
        if !queue.isEmpty { beginTiming() }
    }

    /// Hands bytes to the channel; they are flushed at the end of the loop's turn.
    func write(_ bytes: ByteBuffer, to context: ChannelHandlerContext) {
        context.write(Self.wrapOutboundOut(bytes), promise: nil)
        unflushedBytes += bytes.readableBytes
        hasProgressed = true
        if unflushedBytes >= Self.mostUnflushed {
            flushWritten()
        } else if !isAwaitingFlush {
            isAwaitingFlush = true
            hub.needsFlush(self)
        }
    }

    /// Writes and flushes, for whoever gets nothing else in this turn: its memory is looked at once.
    func writeAtOnce(_ bytes: ByteBuffer, to context: ChannelHandlerContext) {
        hasProgressed = true
        flushing { context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil) }
    }

    func flushWritten() {
        isAwaitingFlush = false
        guard unflushedBytes > 0 else { return }
        unflushedBytes = 0
        flushing { context?.flush() }
    }

    /// A flush of more than the channel's mark makes it unwritable and writable again before it returns. Nobody can
    /// have begun to wait for it meanwhile, so nothing is looked at then. What is being handed on goes on by itself.
    private func flushing(_ flush: () -> Void) {
        let (wasFlushing, wasWritable) = (isFlushing, isWritable)
        isFlushing = true
        flush()
        isFlushing = wasFlushing
        if !wasWritable, isWritable, !isHandingOn { drainQueue() }
    }

    /// Hands on what waits; then whoever waited for that goes on.
    func drainQueue() {
        guard context != nil, phase != .closed else { return }
        handOn()
        flushWritten()
        guard queue.isEmpty else { return }
        if closesWhenDrained {
            closeAfterLastLine(ByteBuffer())
            return
        }
        readReplayPage()
        readPage()
        takeLines()
        hub.flush()
    }

    // MARK: The end

    /// How long the last line may take, and how long what still comes is read.
    static let endTime = TimeAmount.seconds(2)

    /// Ends the connection: after what was answered, and with an ERROR line if there are words for one.
    func end(_ words: String?) {
        hub.tellWaiting(self)
        guard phase == .open || phase == .draining else { return }
        var bytes = ByteBuffer()
        if let words { LineEncoder.write(error: words, into: &bytes) }
        queue.endAnswer()
        queue.append(answer: bytes)
        beginEnding()
        closesWhenDrained = true
        drainQueue()
    }

    /// A reader that does not take its events loses them, and the connection.
    func endSlowReader() {
        guard phase == .open || phase == .draining else { return }
        hub.counts.slowReadersClosed += 1
        shared.logger.info("a reader was too slow", metadata: .keyed([.connection: "\(id)"]))
        queue.removeAll()
        var bytes = ByteBuffer()
        LineEncoder.write(error: "You read too slowly. Connect again, and JOIN with since=.", into: &bytes)
        beginEnding()
        closeAfterLastLine(bytes)
    }

    private func beginEnding() {
        leaveEverywhere()
        phase = .ending(.now() + Self.endTime)
        beginTiming()
        framer.release()
        waitingFrame = nil
        drafts.removeAll()
    }

    private func closeAfterLastLine(_ bytes: ByteBuffer) {
        closesWhenDrained = false
        guard let context else { return }
        unflushedBytes = 0
        let bound = NIOLoopBound(self, eventLoop: hub.loop)
        context.writeAndFlush(Self.wrapOutboundOut(bytes)).whenComplete { _ in
            bound.value.shutDown()
        }
    }

    /// TLS says good-bye and waits for the peer's; a plain connection says that nothing more comes, and is read to its
    /// end, since closing with unread input would throw our last line away.
    private func shutDown() {
        guard let context else { return }
        if isSecured || hasInputEnded {
            context.close(promise: nil)
        } else {
            context.close(mode: .output, promise: nil)
            context.read()
        }
    }
}
