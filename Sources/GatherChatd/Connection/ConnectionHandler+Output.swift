import LineProtocol
import Logging
import NIOCore

extension ConnectionHandler {
    /// With more than this handed to the channel, it is flushed at once, so that its writability tells the truth.
    private static let mostUnflushed = 65_536

    /// Lines of an answer; they go out behind all that waits already.
    func send(answer bytes: ByteBuffer) {
        guard phase != .closed, bytes.readableBytes > 0 else { return }
        if case .ending = phase { return }
        if queue.isEmpty, let context, isWritable {
            write(bytes, to: context)
        } else {
            queue.append(answer: bytes)
        }
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

    func flushWritten() {
        isAwaitingFlush = false
        guard unflushedBytes > 0 else { return }
        unflushedBytes = 0
        context?.flush()
    }

    /// Hands on what waits for as long as the channel takes it; then whoever waited for that goes on.
    func drainQueue() {
        guard let context, phase != .closed else { return }
        while isWritable, let bytes = queue.next() { write(bytes, to: context) }
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
