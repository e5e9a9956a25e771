import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One connection: takes its lines, and writes what is for it.
final class Session: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let longestLine = 16_384
    /// What an empty buffer may keep.
    private static let mostKept = 16_384

    private let floor: Floor
    private var context: ChannelHandlerContext?
    private var rooms = ContiguousArray<Room>()
    /// Most lines are for the room of the line before.
    private var lastRoom: Room?
    /// The beginning of a line whose end has not come.
    private var partial = ByteBuffer()
    /// Lines of this turn for this session alone.
    private var out = ByteBuffer()

    init(floor: Floor) {
        self.floor = floor
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelInactive(context: ChannelHandlerContext) {
        for room in rooms { room.remove(self) }
        rooms = []
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let read = unwrapInboundIn(data)
        if partial.readableBytes == 0 {
            let taken = read.withUnsafeReadableBytes(takeLines)
            if taken < read.readableBytes { partial.writeBytes(read.readableBytesView.dropFirst(taken)) }
        } else {
            partial.writeImmutableBuffer(read)
            partial.moveReaderIndex(forwardBy: partial.withUnsafeReadableBytes(takeLines))
            if partial.readableBytes == 0 { partial = ByteBuffer() }
        }
        if partial.readableBytes > Self.longestLine { context.close(promise: nil) }
    }

    /// The high mark is what a slow reader may leave lying.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if !context.channel.isWritable { context.channel.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    // MARK: What it hears

    /// Whether it hears nothing in this turn but what is said in one room.
    var hearsOneRoom: Bool { rooms.count == 1 && out.readableBytes == 0 }

    func write(_ bytes: ByteBuffer) {
        context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    func tell(_ write: (inout ByteBuffer) -> Void) {
        if out.readableBytes == 0 { floor.touch(self) }
        write(&out)
    }

    func writeOut() {
        write(out)
        if out.capacity > Self.mostKept { out = ByteBuffer() } else { out.clear() }
    }

    // MARK: What it says

    /// - Returns: How many bytes the whole lines have.
    private func takeLines(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard let start = bytes.baseAddress else { return 0 }
        var taken = 0
        while let feed = memchr(start + taken, 0x0A, bytes.count - taken) {
            let end = UnsafeRawPointer(feed) - start
            let isReturned = end > taken && bytes[end - 1] == 0x0D
            take(UnsafeRawBufferPointer(rebasing: bytes[taken..<(isReturned ? end - 1 : end)]))
            taken = end + 1
        }
        return taken
    }

    private func take(_ line: UnsafeRawBufferPointer) {
        if line.starts(with: "MSG ") {
            guard let room = room(of: line) else { return tell { $0.writeStaticString("FAIL MSG NO_SUCH_ROOM\r\n") } }
            floor.say(line, in: room, by: self)
            tell { $0.writeStaticString("OK MSG\r\n") }
        } else if line.starts(with: "JOIN ") {
            join(floor.madeRoom(named: String(decoding: line.dropFirst(5), as: UTF8.self)))
            tell {
                $0.writeStaticString("OK ")
                $0.writeBytes(line)
                $0.writeStaticString("\r\n")
            }
        } else if line.starts(with: "PING ") {
            tell {
                $0.writeStaticString("PONG ")
                $0.writeBytes(line.dropFirst(5))
                $0.writeStaticString("\r\n")
            }
        } else if !line.isEmpty {
            tell { $0.writeStaticString("FAIL * UNKNOWN_COMMAND\r\n") }
        }
    }

    private func join(_ room: Room) {
        guard !rooms.contains(where: { $0 === room }) else { return }
        // What was said before is not for the new member.
        room.handOut()
        room.add(self)
        rooms.append(room)
    }

    /// - Parameter line: `MSG #room :text`.
    private func room(of line: UnsafeRawBufferPointer) -> Room? {
        guard let start = line.baseAddress?.advanced(by: 4), let space = memchr(start, 0x20, line.count - 4) else {
            return nil
        }
        let name = UnsafeRawBufferPointer(start: start, count: UnsafeRawPointer(space) - start)
        if let lastRoom, lastRoom.isNamed(name) { return lastRoom }
        lastRoom = floor.room(named: String(decoding: name, as: UTF8.self))
        return lastRoom
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func starts(with word: StaticString) -> Bool {
        guard let baseAddress, count >= word.utf8CodeUnitCount else { return false }
        return memcmp(baseAddress, word.utf8Start, word.utf8CodeUnitCount) == 0
    }
}

extension Room {
    fileprivate func isNamed(_ bytes: UnsafeRawBufferPointer) -> Bool {
        name.utf8.withContiguousStorageIfAvailable { name in
            guard let start = name.baseAddress, let other = bytes.baseAddress else { return false }
            return name.count == bytes.count && memcmp(start, other, bytes.count) == 0
        } ?? false
    }
}
