import LineProtocol
import Persistence

extension Command {
    static let join = Command(
        Declaration(
            "JOIN", nil, [.room(required: true), .word("code", required: false), .options(["since"])], by: .user,
            codes: [.quotaExceeded, .rateLimited],
            help: "Enters a room, replays its last messages or all after an id, and listens."),
        .long { call in
            let user = try call.user()
            let choice = try call.room()
            let since = try call.arguments.number("since", in: 0...Int64.max)
            if let known = try await joinAsMember(call, user, choice, since: since) { return known }
            try checkCodeFailures(call, user)
            return try await joinAsOutsider(call, user, choice, since: since)
        })
}

/// A member only reads: nothing changes but who listens.
private func joinAsMember(
    _ call: Call, _ user: Identity, _ choice: RoomChoice, since: Int64?
) async throws -> Answer? {
    let replay = Int64(call.services.limits.replay)
    return try await call.services.store.read { transaction -> Answer? in
        guard let room = try transaction.room(named: choice.name.folded),
            try transaction.membership(room: room.reference.id, account: user.account) != nil
        else { return nil }
        return Answer(effects: [
            .replay(
                Replay(
                    room: room.reference, after: since ?? max(0, room.lastID - replay), newest: room.lastID,
                    isAskedFor: since != nil,
                    isNewMember: false))
        ])
    }
}

private func joinAsOutsider(
    _ call: Call, _ user: Identity, _ choice: RoomChoice, since: Int64?
) async throws -> Answer {
    let limits = call.services.limits
    let code = call.arguments["code"].flatMap { InviteCodeText($0)?.text }
    let hasTypedCode = call.arguments["code"] != nil
    do {
        return try await call.services.store.write(origin: call.origin) { transaction in
            let room = try admissibleRoom(choice, user, code: code, transaction)
            try transaction.checkRooms(of: user.account, limits)
            guard try transaction.memberCount(room: room.reference.id) < limits.membersPerRoom else {
                throw Failure.quotaExceeded(limits.membersPerRoom, of: "members a room")
            }
            try transaction.addMember(room: room.reference.id, account: user.account)
            transaction.record(.joined(room.reference, user.reference))
            let after = since ?? max(0, room.lastID - Int64(limits.replay))
            return Answer(effects: [
                .replay(
                    Replay(
                        room: room.reference, after: after, newest: room.lastID, isAskedFor: since != nil,
                        isNewMember: true)),
                .planningNotice(about: "#" + room.reference.name),
            ])
        }
    } catch let failure as Failure where failure.code == .noSuchRoom && hasTypedCode {
        countCodeFailure(call, user)
        throw failure
    }
}

/// The room, if this outsider may enter it: open, invited by name, or with a code of that room.
private func admissibleRoom(
    _ choice: RoomChoice, _ user: Identity, code: String?, _ transaction: WriteTransaction
) throws -> RoomRecord {
    guard let room = try transaction.room(named: choice.name.folded) else {
        throw Failure.noSuchRoom(typed: choice.typed)
    }
    let id = room.reference.id
    if try transaction.membership(room: id, account: user.account) != nil { return room }
    if try transaction.isInvited(room: id, account: user.account) { return room }
    let isBarred = try transaction.isBarred(user.account, from: id)
    if room.access == .open {
        guard !isBarred else {
            throw Failure.forbidden("You were put out of this room. An INVITE by name is the way back.")
        }
        return room
    }
    guard !isBarred, let code, try transaction.isValid(inviteCode: code, room: id) else {
        throw Failure.noSuchRoom(typed: choice.typed)
    }
    return room
}

/// Guessing codes is limited as guessing passwords is.
private func checkCodeFailures(_ call: Call, _ user: Identity) throws(Failure) {
    guard call.arguments["code"] != nil else { return }
    try call.checkLoginFailures(account: user.username.folded)
}

private func countCodeFailure(_ call: Call, _ user: Identity) {
    call.countLoginFailure(account: user.username.folded)
}
