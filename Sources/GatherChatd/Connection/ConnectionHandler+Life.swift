import Commands
import LineProtocol
import Logging
import NIOCore
import Persistence

extension ConnectionHandler {
    /// A reader that took nothing for so long has gone.
    static let mostStalled = TimeAmount.seconds(60)

    /// A connection that is logged in and has been handed everything has none: ten thousand of them cost nothing.
    var hasTimeLimit: Bool {
        switch phase {
        case .securing, .ending: true
        case .open, .draining: state.identity == nil || !queue.isEmpty
        case .closed: false
        }
    }

    /// To be called where a time limit begins; it ends by itself.
    func beginTiming() {
        guard !isTimed else { return }
        isTimed = true
        hasProgressed = false
        lastProgress = .now()
        hub.time(self)
    }

    /// Once a second while something has a time limit.
    func tick(now: NIODeadline) {
        if hasProgressed {
            hasProgressed = false
            lastProgress = now
        }
        switch phase {
        case .securing(let deadline), .ending(let deadline):
            if now >= deadline { context?.close(promise: nil) }
            if now >= deadline + Self.endTime { context?.channel.close(mode: .all, promise: nil) }
        case .open, .draining:
            let grace = TimeAmount.seconds(Int64(shared.services.limits.loginGrace))
            if state.identity == nil && state.turn == .idle && now >= acceptedAt + grace {
                end("Nobody logged in in time.")
            } else if !queue.isEmpty && now >= lastProgress + Self.mostStalled {
                endSlowReader()
            }
            hub.flush()
        case .closed: break
        }
    }

    /// The peer sends no more: what it sent is answered, then the connection ends.
    func inputEnded() {
        hasInputEnded = true
        if isEnding {
            context?.close(promise: nil)
        } else if case .securing = phase {
            context?.close(promise: nil)
        } else {
            finishIfDrained()
            hub.flush()
        }
    }

    /// The server goes away: lines that are here are answered, no others are read.
    func drain() {
        switch phase {
        case .securing: context?.close(promise: nil)
        case .open:
            phase = .draining
            isFloodDelayed = false
            takeLines()
            hub.flush()
        case .draining, .ending, .closed: break
        }
    }

    /// Ends the connection if nothing is under way any more and nothing more can come.
    func finishIfDrained() {
        guard hasInputEnded || phase == .draining, phase == .open || phase == .draining else { return }
        guard waitingFrame == nil, state.turn == .idle, drafts.isEmpty, !isTakingLines else {
            if phase == .draining && (replaying != nil || paging != nil) { end(Self.goingAway) }
            return
        }
        end(phase == .draining ? Self.goingAway : nil)
    }

    private static let goingAway = "Server is going away"

    func leaveEverywhere() {
        if let replaying {
            hub.removeJoiner(self, from: replaying.replay.room.id)
            shared.services.store.unfollow(replaying.replay.room.id)
        }
        replaying = nil
        paging = nil
        for room in listening.keys { leave(room, reason: quitReason) }
    }

    /// The connection is gone; all that was its own is given back, once.
    func closed() {
        guard phase != .closed else { return }
        leaveEverywhere()
        phase = .closed
        shared.logger.debug("connection closed", metadata: .keyed([.connection: "\(id)"]))
        if let account = state.identity?.account { shared.hub.population.loggedOut(account) }
        hub.remove(self, account: state.identity?.account)
        shared.hub.population.closed(from: address)
        queue.removeAll()
        framer.release()
        waitingFrame = nil
        upload.cancel()
    }
}
