import Commands
import LineProtocol
import Logging
import NIOCore
import Persistence

extension ConnectionHandler {
    /// An answer that comes a page at a time.
    struct Paging {
        let command: Command
        let label: String?
        let answer: Answer
        let rows: any PagedRows
        var isReading = false
    }

    /// Writes the answer of the command that ran, and lets it change the connection.
    func finish(_ command: Command, label: String?, _ result: Result<Answer, any Error>) {
        guard phase != .closed else { return }
        // Not lost if this was a LEAVE.
        hub.tellWaiting(self)
        switch result {
        case .success(let answer):
            if let refusal = logIn(answer) {
                state.endedCommand()
                self.answer(.fail(verb: command.declaration.verb, refusal), label: label)
                return
            }
            if let replay = answer.replay {
                startReplay(replay, answer, label: label)
            } else if let pages = answer.pages {
                paging = Paging(command: command, label: label, answer: answer, rows: pages)
                queue.beginAnswer()
                readPage()
            } else {
                state.endedCommand()
                write(answer, of: command.declaration, label: label)
                apply(answer.effects)
            }
        case .failure(let error):
            state.endedCommand()
            fail(command.declaration.verb, error, label: label)
        }
    }

    func fail(_ verb: String, _ error: any Error, label: String?) {
        switch CommandError(error) {
        case .failed(let failure): answer(.fail(verb: verb, failure), label: label)
        case .outcomeUnknown: end("It is not known whether that was done. Connect again and look.")
        }
    }

    /// One final line.
    func answer(_ final: Final, label: String?) {
        if case .fail(let verb, let failure) = final { count(failure, of: verb) }
        var bytes = ByteBuffer()
        LineEncoder.write(final: final, label: label, into: &bytes)
        send(answer: bytes)
    }

    func count(_ failure: Failure, of verb: String) {
        hub.counts.failures[failure.code, default: 0] += 1
        // Somebody guesses, or has forgotten. Those who go on are RATE_LIMITED, so that the log is bounded as well.
        guard failure.code == .invalidCredentials else { return }
        shared.logger.info(
            "refused", metadata: .keyed([.connection: "\(id)", .command: "\(verb)", .code: "\(failure.code.rawValue)"]))
    }

    private func write(_ answer: Answer, of declaration: Declaration, label: String?) {
        var bytes = ByteBuffer()
        for row in answer.rows { LineEncoder.write(row: row, label: label, into: &bytes) }
        writeOK(answer, fields: answer.fields, of: declaration, label: label, into: &bytes)
        send(answer: bytes)
    }

    private func writeOK(
        _ answer: Answer, fields: [String], of declaration: Declaration, label: String?, into bytes: inout ByteBuffer
    ) {
        let words = declaration.answersWithSecond ? declaration.second.map { [$0] } ?? [] : []
        LineEncoder.write(
            final: .ok(verb: declaration.verb, fields: words + fields, text: answer.text), label: label, into: &bytes)
    }

    // MARK: Answers in pages

    /// Reads the next page, if the last one was taken.
    func readPage() {
        guard var paging, !paging.isReading, queue.answerBytes == 0 else { return }
        paging.isReading = true
        self.paging = paging
        let (rows, label) = (paging.rows, paging.label)
        let bound = NIOLoopBound(self, eventLoop: hub.loop)
        let loop = hub.loop
        Task {
            let result: Result<(ByteBuffer, [String]?), any Error>
            do {
                let page = try await rows.next()
                var bytes = ByteBuffer()
                for row in page { LineEncoder.write(row: row, label: label, into: &bytes) }
                result = .success((bytes, page.isEmpty ? await rows.fields() : nil))
            } catch {
                result = .failure(error)
            }
            loop.execute {
                bound.value.gotPage(result)
                bound.value.hub.flush()
            }
        }
    }

    private func gotPage(_ result: Result<(ByteBuffer, [String]?), any Error>) {
        guard phase != .closed, let paging else { return }
        do {
            var (bytes, fields) = try result.get()
            guard let fields else {
                self.paging?.isReading = false
                // As with a replay: a reader that keeps up has the next page read while this one is written.
                if isWritable { readPage() }
                send(answer: bytes)
                readPage()
                return
            }
            writeOK(paging.answer, fields: fields, of: paging.command.declaration, label: paging.label, into: &bytes)
            send(answer: bytes)
            apply(paging.answer.effects)
        } catch {
            fail(paging.command.declaration.verb, error, label: paging.label)
        }
        endPaging()
    }

    /// The last step: the lines that follow are taken, and are answered behind this.
    private func endPaging() {
        paging = nil
        queue.endAnswer()
        state.endedCommand()
        drainQueue()
        takeLines()
    }

    // MARK: Effects

    /// - Returns: Why the log-in that the answer brings is refused.
    private func logIn(_ answer: Answer) -> Failure? {
        for case .loggedIn(let identity) in answer.effects {
            guard state.identity == nil else { return .alreadyLoggedIn }
            let mayHaveEnded = hub.endings.mayHaveEnded(
                identity.account, family: identity.family, connection: id, since: endingsSeen)
            // The next try finds out whether it still may.
            guard !mayHaveEnded else { return .temporarilyUnavailable }
            guard shared.hub.population.logIn(identity.account) else {
                return .quotaExceeded(shared.services.limits.connectionsPerPerson, of: "connections a person")
            }
            state.loggedIn(identity)
            hub.loggedIn(self, account: identity.account)
        }
        return nil
    }

    func apply(_ effects: [SessionEffect]) {
        for effect in effects {
            switch effect {
            case .loggedIn, .replay: break
            case .tags(let isOn): state.tags = isOn
            case .chat(let isOn): state.chat = isOn
            case .current(let room): state.currentRoom = room
            case .listen(let room, let announced): listen(in: room, liveAfter: 0, announced: announced)
            case .stopListening(let room): leave(room.id, reason: nil)
            case .notice(let room, let words): notice(words, about: room)
            case .event(let event): hear(event)
            case .quit(let reason):
                quitReason = reason
                end(nil)
            case .close(let words): end(words)
            }
        }
    }

    func notice(_ words: String, about room: String?) {
        var bytes = ByteBuffer()
        LineEncoder.write(
            notice: words, from: shared.services.place.serverName, to: room ?? "*", time: tagTime, into: &bytes)
        hear(bytes)
    }

    /// An event for this connection alone.
    private func hear(_ event: Event) {
        var bytes = ByteBuffer()
        LineEncoder.write(event: event, time: tagTime, messageID: nil, into: &bytes)
        hear(bytes)
    }

    /// The time of an event that is told now, if this connection wants it.
    private var tagTime: Int64? { state.tags ? shared.services.clock.now().milliseconds : nil }

    /// The first lines of a connection: what this is, and what to type.
    func greet() {
        if let words = refusal {
            end(words)
            return
        }
        hear(shared.greeting)
        hub.flush()
    }
}

extension ConnectionContext {
    static func greeting(of server: String) -> ByteBuffer {
        var bytes = ByteBuffer()
        for words in [
            "Welcome to QuickGather on \(server), where groups plan by chatting.",
            "New here? SIGNUP name you@example.org a long password. Then paste the VERIFY line of the mail.",
            "Been here before? LOGIN name password. HELP lists all commands.",
        ] {
            LineEncoder.write(notice: words, from: server, into: &bytes)
        }
        return bytes
    }
}

extension Answer {
    var replay: Replay? {
        for case .replay(let replay) in effects { return replay }
        return nil
    }
}
