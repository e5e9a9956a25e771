import Commands
import LineProtocol
import NIOCore
import Persistence

extension ConnectionHandler {
    /// A room in which a connection listens, and where the loop's list of listeners has it.
    struct Listening {
        var room: RoomReference
        var place: Int
    }

    func isListening(in room: RoomID) -> Bool { listening[room] != nil }

    /// Listens to a room from the message after this one on.
    func listen(in room: RoomReference, liveAfter: Int64, announced: Bool) {
        guard listening[room.id] == nil, let identity = state.identity else { return }
        listening[room.id] = Listening(room: room, place: hub.addListener(self, to: room, liveAfter: liveAfter))
        listensOnce = listening.count == 1
        shared.services.store.follow(room, after: liveAfter)
        shared.hub.startedListening(identity.reference, in: room, origin: origin, announced: announced)
    }

    /// Stops listening, by LEAVE or with the connection; the room is told if it was the person's last.
    func leave(_ room: RoomID, reason: String?) {
        state.left(room)
        guard let reference = stopListening(room), let identity = state.identity else { return }
        let wasLast = shared.hub.stoppedListening(
            identity.reference, in: reference, reason: reason, origin: origin, announced: true)
        if wasLast, !shared.hub.isShared { rememberLastSeen(identity.account, in: room) }
    }

    /// The room, or the membership in it, is gone; everybody concerned knows already.
    func lost(_ room: RoomID) {
        state.left(room)
        replayLost(room)
        guard let reference = stopListening(room), let identity = state.identity else { return }
        _ = shared.hub.stoppedListening(
            identity.reference, in: reference, reason: nil, origin: origin, announced: false)
    }

    func renamed(_ room: RoomReference) {
        listening[room.id]?.room = room
        if state.currentRoom?.id == room.id { state.currentRoom = room }
    }

    /// The loop's list has it elsewhere now.
    func moved(in room: RoomID, to place: Int) { listening[room]?.place = place }

    private func stopListening(_ room: RoomID) -> RoomReference? {
        guard let was = listening.removeValue(forKey: room) else { return nil }
        listensOnce = listening.count <= 1
        hub.removeListener(self, from: room, at: was.place)
        shared.services.store.unfollow(room)
        return was.room
    }

    private func rememberLastSeen(_ account: AccountID, in room: RoomID) {
        let (store, now) = (shared.services.store, shared.services.clock.now())
        Task {
            // Losing this to a store that is away costs a last-seen time, nothing else.
            try? await store.write(origin: nil) { transaction in
                try transaction.setLastSeen(now, room: room, account: account)
            }
        }
    }

    // MARK: Hearing

    /// Messages of a room, in the shared form.
    /// - Parameter isAll: Nothing else is handed out in this turn but to senders.
    func hear(_ lines: RoomLines, after: Int64, isAll: Bool) {
        let (first, count) = (lines.batch.index(after: after), lines.batch.messages.count)
        guard first < count else { return }
        hub.counts.deliveries &+= count - first
        let bytes = lines.encoding(tags: state.tags).suffix(from: first)
        if isAll, listensOnce, phase == .open, queue.isPassable, isWritable, unflushedBytes == 0,
            bytes.readableBytes <= Self.mostUnflushed, let context
        {
            writeAtOnce(bytes, to: context)
        } else {
            hear(bytes)
        }
    }

    /// Events, whole lines.
    func hear(_ bytes: ByteBuffer) {
        guard phase == .open || phase == .draining, bytes.readableBytes > 0 else { return }
        if queue.isPassable, isWritable, bytes.readableBytes <= Self.mostUnflushed, let context {
            write(bytes, to: context)
        } else {
            queue.append(event: bytes)
            handOn()
            if queue.eventBytes > shared.services.limits.readerQueue { endSlowReader() }
        }
    }

    // MARK: Senders' own lines among those of others

    /// Bytes of an OK line, mostly.
    private static let roomForOK = 128

    func composeOK(_ message: CommittedMessage) {
        state.ended(messageOf: message.text.utf8.count)
        if composed.capacity == 0 { composed.reserveCapacity(Self.roomForOK) }
        LineEncoder.writeMessageOK(
            label: message.label, room: message.room.name, id: message.id, time: message.time.milliseconds,
            into: &composed)
    }

    func composeFailure(_ draft: MessageDraft, _ refusal: MessageRefusal) {
        state.ended(messageOf: draft.text.utf8.count)
        let failure: Failure
        switch refusal {
        case .noSuchRoom: failure = .noSuchRoom(typed: draft.typedRoom)
        case .notAMember(let room): failure = .notAMember(of: "#" + room.name)
        case .unavailable, .overloaded: failure = .temporarilyUnavailable
        case .unknownOutcome:
            end("It is not known whether your message was stored. Connect again and look.")
            return
        }
        count(failure, of: "MSG")
        LineEncoder.write(final: .fail(verb: "MSG", failure), label: draft.label, into: &composed)
    }

    func composeEvent(_ lines: RoomLines, _ message: Int) {
        var line = lines.encoding(tags: state.tags).line(message)
        composed.writeBuffer(&line)
        hub.counts.deliveries &+= 1
    }

    func finishComposing() {
        let bytes = composed
        composed = ByteBuffer()
        send(answer: bytes)
        takeLines()
    }
}
