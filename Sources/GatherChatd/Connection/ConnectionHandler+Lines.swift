import Commands
import LineProtocol
import NIOCore
import Persistence

extension ConnectionHandler {
    /// Whether the socket may be read: not while lines that are here wait for something.
    var mayRead: Bool {
        guard phase == .open || isSecuring else { return isEnding }
        return waitingFrame == nil && !isFloodDelayed && queue.answerBytes <= Self.mostUnsentAnswers
    }

    private var isSecuring: Bool { if case .securing = phase { true } else { false } }
    /// A connection that ends is read to its end, so that its peer sees our last line and not a reset.
    var isEnding: Bool { if case .ending = phase { true } else { false } }

    /// With more unsent answers than this, no further line is taken.
    static let mostUnsentAnswers = 65_536

    /// Takes lines for as long as there are some and they may be taken, in order.
    func takeLines() {
        guard !isTakingLines else { return }
        isTakingLines = true
        let now = NIODeadline.now()
        while takeLine(now: now) {}
        isTakingLines = false
        if !drafts.isEmpty {
            shared.services.store.append(contentsOf: drafts)
            drafts.removeAll(keepingCapacity: drafts.capacity <= 64)
        }
        finishIfDrained()
        resumeReading()
    }

    /// - Returns: Whether the next line may be tried.
    private func takeLine(now: NIODeadline) -> Bool {
        guard phase == .open || phase == .draining, !isFloodDelayed,
            queue.answerBytes <= Self.mostUnsentAnswers
        else { return false }
        guard let frame = waitingFrame ?? framer.next() else { return false }
        waitingFrame = frame
        if state.turn == .command { return false }
        let step = state.interpret(frame)
        guard state.mayTake(step) else { return false }
        if !isFree(step), phase == .open, let later = flood.take(now: now) {
            delay(until: later)
            return false
        }
        waitingFrame = nil
        act(on: step)
        return true
    }

    /// The bytes of an upload are bounded by their own limits.
    private func isFree(_ step: ConnectionState.Step) -> Bool {
        if case .run(let command, _, _) = step {
            command.declaration.name == "AVATAR DATA" && upload.isOpen
        } else {
            false
        }
    }

    private func delay(until later: NIODeadline) {
        isFloodDelayed = true
        let bound = NIOLoopBound(self, eventLoop: hub.loop)
        hub.loop.scheduleTask(deadline: later) {
            let connection = bound.value
            connection.isFloodDelayed = false
            connection.takeLines()
            connection.hub.flush()
        }
    }

    private func act(on step: ConnectionState.Step) {
        switch step {
        case .nothing: break
        case .end(let words): end(words)
        case .fail(let verb, let failure, let label): answer(.fail(verb: verb, failure), label: label)
        case .message(let room, let typed, let text, let once, let label):
            send(text, to: room, typed: typed, once: once, label: label)
        case .run(let command, let arguments, let label): run(command, arguments, label: label)
        }
    }

    private func send(_ text: String, to room: String, typed: String, once: String?, label: String?) {
        guard let identity = state.identity else {
            answer(.fail(verb: "MSG", .loginRequired), label: label)
            return
        }
        state.began(messageOf: text.utf8.count)
        drafts.append(
            MessageDraft(
                room: room, typedRoom: typed, author: identity.account, authorName: identity.username.shown, text: text,
                once: once, label: label, origin: origin))
    }

    private func run(_ command: Command, _ arguments: Arguments, label: String?) {
        let call = Call(
            arguments: arguments, declaration: command.declaration, identity: state.identity, address: address,
            origin: origin, currentRoom: state.currentRoomName, services: shared.services)
        state.beganCommand()
        if state.identity == nil { endingsSeen = hub.endings.count }
        switch command.action {
        case .session(let body): finish(command, label: label, Result { try body(call) })
        case .upload(let body): runUpload(command, call, body, label: label)
        default: command.run(call, then: finishing(command, label: label))
        }
    }

    private func runUpload(
        _ command: Command, _ call: Call, _ body: (Call, inout AvatarUpload) throws -> UploadStep, label: String?
    ) {
        do {
            switch try body(call, &upload) {
            case .answer(let answer): finish(command, label: label, .success(answer))
            case .finish(let work): Command.await(finishing(command, label: label), work)
            }
        } catch {
            finish(command, label: label, .failure(error))
        }
    }

    /// Comes back to the loop with the answer of what runs elsewhere.
    private func finishing(_ command: Command, label: String?) -> Answering {
        let bound = NIOLoopBound(self, eventLoop: hub.loop)
        let loop = hub.loop
        return { result in
            loop.execute {
                let connection = bound.value
                connection.finish(command, label: label, result)
                connection.takeLines()
                connection.hub.flush()
            }
        }
    }

    /// Asks the channel for what was held back, once there is room for it.
    func resumeReading() {
        guard isReadHeldBack, mayRead else { return }
        isReadHeldBack = false
        context?.read()
    }
}
