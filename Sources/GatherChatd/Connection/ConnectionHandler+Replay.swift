import Commands
import LineProtocol
import NIOCore
import Persistence

extension ConnectionHandler {
    /// A JOIN under way: rows are read from the store a page at a time, as the client takes them.
    ///
    /// No gap and no repeat: from before a page is read until it is here, what this loop is told of the room is kept.
    /// A full page forgets it, as the next page will hold it. After the last page, listening begins behind the
    /// newest message of that page, and what was kept is heard from there on.
    struct Replaying {
        let replay: Replay
        let label: String?
        let notices: [SessionEffect]
        var after: Int64?
        var kept: [RoomLines] = []
        var isReading = false
        /// The room, or the membership in it, went meanwhile, maybe after the page under way was read.
        var isLost = false
    }

    /// What one read of the store brought.
    private struct Page: Sendable {
        var bytes: ByteBuffer
        let last: Int64
        let isFull: Bool
        let room: RoomRecord
        /// Of the last page; counting them may take longer than reading a page.
        let members: Int
    }

    /// Messages a page at the most.
    static let messagesAPage = 500

    func startReplay(_ replay: Replay, _ answer: Answer, label: String?) {
        let isWanted = replay.isAskedFor || !isListening(in: replay.room.id)
        replaying = Replaying(
            replay: replay, label: label, notices: answer.effects, after: isWanted ? replay.after : nil)
        hub.addJoiner(self, to: replay.room)
        shared.services.store.follow(replay.room, after: replay.newest)
        queue.beginAnswer()
        readReplayPage()
    }

    /// A commit reached this loop while a page is being read.
    func keep(_ lines: RoomLines) {
        if replaying?.isReading == true { replaying?.kept.append(lines) }
    }

    func readReplayPage() {
        guard let current = replaying, !current.isReading, queue.answerBytes == 0, let identity = state.identity
        else { return }
        replaying?.isReading = true
        replaying?.kept.removeAll()
        let request = PageRequest(
            room: current.replay.room, after: current.after, identity: identity, label: current.label)
        let store = shared.services.store
        let bound = NIOLoopBound(self, eventLoop: hub.loop)
        let loop = hub.loop
        Task { @Sendable in
            let result = await ConnectionHandler.fetch(request, from: store)
            loop.execute {
                bound.value.gotReplayPage(result)
                bound.value.hub.flush()
            }
        }
    }

    private struct PageRequest: Sendable {
        let room: RoomReference
        let after: Int64?
        let identity: Identity
        let label: String?
    }

    private static func fetch(_ request: PageRequest, from store: any Store) async -> Result<Page, any Error> {
        do {
            return .success(try await store.read { try Self.readPage(request, in: $0) })
        } catch {
            return .failure(error)
        }
    }

    private static func readPage(_ request: PageRequest, in transaction: ReadTransaction) throws -> Page {
        let (reference, after) = (request.room, request.after)
        guard let room = try transaction.room(reference.id),
            try transaction.membership(room: reference.id, account: request.identity.account) != nil
        else { throw Failure.noSuchRoom(typed: "#" + reference.name) }
        var bytes = ByteBuffer()
        // Whatever was asked for: from the newest message of this snapshot on, events take over.
        var last = room.lastID
        var isFull = false
        if let after {
            let entries = try transaction.history(room: reference.id, after: after, limit: messagesAPage)
            for entry in entries {
                LineEncoder.writeHistory(
                    label: request.label, room: room.reference.name, id: entry.id, time: entry.time.milliseconds,
                    author: entry.authorName, text: entry.text, into: &bytes)
            }
            isFull = entries.count == messagesAPage
            if isFull, let newest = entries.last { last = newest.id }
        }
        return Page(
            bytes: bytes, last: last, isFull: isFull, room: room,
            members: isFull ? 0 : try transaction.memberCount(room: reference.id))
    }

    private func gotReplayPage(_ result: Result<Page, any Error>) {
        guard phase != .closed, var current = replaying else { return }
        current.isReading = false
        switch result {
        case .success where current.isLost:
            fail("JOIN", Failure.noSuchRoom(typed: "#" + current.replay.room.name), label: current.label)
            endReplay(current)
        case .success(let page) where page.isFull:
            current.after = page.last
            replaying = current
            // A reader that keeps up has the next page read while this one is written. One that does not has at most the page
            // that waits and the one that was on its way.
            if isWritable { readReplayPage() }
            send(answer: page.bytes)
            readReplayPage()
        case .success(let page): finishReplay(current, page)
        case .failure(let error):
            fail("JOIN", error, label: current.label)
            endReplay(current)
        }
    }

    private func finishReplay(_ current: Replaying, _ page: Page) {
        var bytes = page.bytes
        let record = page.room
        LineEncoder.write(
            final: .ok(
                verb: "JOIN",
                fields: [
                    "#" + record.reference.name, String(page.members), String(record.firstID),
                    String(record.lastID), RFC3339.string(milliseconds: record.created.milliseconds),
                ], text: record.topic ?? "*"), label: current.label, into: &bytes)
        send(answer: bytes)
        let isNew = listening[record.reference.id] == nil
        if isNew { listen(in: record.reference, liveAfter: page.last, announced: !current.replay.isNewMember) }
        if isNew {
            for lines in current.kept { hear(lines, after: page.last, isAll: false) }
        }
        state.currentRoom = record.reference
        apply(current.notices)
        endReplay(current)
    }

    /// Whoever is put out while it joins hears no more of the room from here on.
    func replayLost(_ room: RoomID) {
        guard replaying?.replay.room.id == room else { return }
        replaying?.isLost = true
        replaying?.kept.removeAll()
        hub.removeJoiner(self, from: room)
    }

    /// The last step: the lines that follow are taken, and find everything as it is now.
    private func endReplay(_ current: Replaying) {
        replaying = nil
        hub.removeJoiner(self, from: current.replay.room.id)
        shared.services.store.unfollow(current.replay.room.id)
        queue.endAnswer()
        state.endedCommand()
        drainQueue()
        takeLines()
    }
}
