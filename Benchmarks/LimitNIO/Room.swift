import NIOCore

/// Those on one loop who listen to a room, and what was said in it in this turn.
final class Room {
    /// A run of lines that one session said; nobody of this loop, if they came from another one.
    private struct Piece {
        let speaker: ObjectIdentifier?
        var end: Int
    }

    let name: String
    /// The same on all loops.
    let number: Int
    private var members = ContiguousArray<Session>()
    private var lines = ByteBuffer()
    private var pieces = ContiguousArray<Piece>()

    init(name: String, number: Int) {
        self.name = name
        self.number = number
    }

    var hasLines: Bool { lines.readableBytes > 0 }

    func add(_ session: Session) {
        members.append(session)
    }

    func remove(_ session: Session) {
        guard let index = members.firstIndex(where: { $0 === session }) else { return }
        members.swapAt(index, members.count - 1)
        members.removeLast()
    }

    /// - Parameter line: As it was sent.
    func say(_ line: UnsafeRawBufferPointer, by speaker: Session) {
        lines.writeEvent(line)
        endPiece(of: ObjectIdentifier(speaker))
    }

    /// - Parameter events: What was said on another loop. It is copied, as two loops that count references to one
    ///   buffer for each of their listeners would be in each other's way.
    func hear(_ events: ByteBuffer) {
        guard !members.isEmpty else { return }
        lines.writeImmutableBuffer(events)
        endPiece(of: nil)
    }

    private func endPiece(of speaker: ObjectIdentifier?) {
        if let last = pieces.indices.last, pieces[last].speaker == speaker {
            pieces[last].end = lines.writerIndex
        } else {
            pieces.append(Piece(speaker: speaker, end: lines.writerIndex))
        }
    }

    /// Gives the members what was said. Who hears nothing else in this turn gets the room's own buffer, the others a
    /// copy without what they said.
    func handOut() {
        guard hasLines else { return }
        for member in members {
            if member.hearsOneRoom {
                member.write(lines)
            } else {
                handOut(to: member)
            }
        }
        // The writes are through, so nobody holds the buffer, and its memory serves the next turn.
        lines.clear()
        pieces.removeAll(keepingCapacity: true)
    }

    private func handOut(to member: Session) {
        let own = ObjectIdentifier(member)
        var start = 0
        for piece in pieces {
            if piece.speaker != own, let heard = lines.getSlice(at: start, length: piece.end - start) {
                member.tell { $0.writeImmutableBuffer(heard) }
            }
            start = piece.end
        }
    }
}

extension ByteBuffer {
    /// Writes what the others of a room get when somebody sends this line.
    mutating func writeEvent(_ line: UnsafeRawBufferPointer) {
        writeStaticString(":u ")
        writeBytes(line)
        writeStaticString("\r\n")
    }
}
