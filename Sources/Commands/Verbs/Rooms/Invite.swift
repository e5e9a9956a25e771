import LineProtocol
import Persistence

extension Command {
    static let invite = Command(
        Declaration(
            "INVITE", nil, [.room(required: false), .word("username", required: false)], by: .room(.member),
            codes: [.noSuchUser, .rateLimited, .quotaExceeded],
            help: "Makes a code that lets anybody in for 7 days, or invites one person by name."),
        .writeRoom { call, standing, transaction in
            if call.arguments["username"] == nil {
                try inviteByCode(call, standing, transaction)
            } else {
                try inviteByName(call, standing, transaction)
            }
        })
}

/// How long a code or an invitation by name lets somebody in.
private let invitationTime: Int64 = 7 * 86_400_000

private func inviteByCode(_ call: Call, _ standing: Standing, _ transaction: WriteTransaction) throws -> Answer {
    let limit = call.services.limits.inviteCodesPerRoom
    guard try transaction.inviteCodeCount(room: standing.reference.id) < limit else {
        throw Failure.quotaExceeded(limit, of: "live codes a room")
    }
    let code = try InviteCodeText.make(from: SystemRandom())
    try transaction.createInviteCode(
        code.text, room: standing.reference.id, by: try call.user().account,
        expires: transaction.now.advanced(byMilliseconds: invitationTime))
    return Answer(
        [standing.shown, code.text],
        text: "For 7 days, whoever types JOIN \(standing.shown) \(code.text) is in.")
}

private func inviteByName(_ call: Call, _ standing: Standing, _ transaction: WriteTransaction) throws -> Answer {
    let user = try call.user()
    let username = try call.username("username")
    let room = standing.reference
    guard let invited = try transaction.account(named: username.folded) else {
        throw Failure.noSuchUser(username.shown)
    }
    let shown = invited.reference.name
    guard try transaction.membership(room: room.id, account: invited.reference.id) == nil else {
        return Answer([standing.shown, shown])
    }
    try checkInvitesOfToday(by: user.account, transaction, call.services.limits)
    try transaction.invite(
        invited.reference.id, to: room.id, by: user.account,
        expires: transaction.now.advanced(byMilliseconds: invitationTime))
    transaction.record(.invited(room, invited.reference, by: user.reference))
    return Answer([standing.shown, shown])
}

private func checkInvitesOfToday(by account: AccountID, _ transaction: WriteTransaction, _ limits: Limits) throws {
    guard limits.invitesPerDay > 0 else { return }
    let day: Int64 = 86_400_000
    let since = transaction.now.advanced(byMilliseconds: -day)
    let times = try transaction.invitationTimes(by: account, since: since)
    guard times.count >= limits.invitesPerDay, let oldest = times.min() else { return }
    throw Failure.rateLimited(
        seconds: (oldest.milliseconds &+ day &- transaction.now.milliseconds &+ 999) / 1_000)
}
