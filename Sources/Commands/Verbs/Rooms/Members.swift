import LineProtocol
import Persistence

extension Command {
    static let members = Command(
        Declaration(
            "MEMBERS", nil, [.room(required: false)], by: .room(.member),
            help: "Lists who is in the room, with role, presence and name."),
        .readRoom { call, standing, transaction in
            let room = standing.reference.id
            let online = try call.services.presence.online(in: room, transaction)
            let rows = try transaction.members(room: room)
                .sorted { ($1.role, $0.account.name.lowercased()) < ($0.role, $1.account.name.lowercased()) }
                .map { member in
                    Row(
                        kind: "MEMBER",
                        fields: [
                            standing.shown, member.account.name, member.role.rawValue,
                            online.contains(member.account.id) ? "online" : "away",
                            member.lastSeen.map { RFC3339.string(milliseconds: $0.milliseconds) } ?? "*",
                        ], text: member.displayName ?? "*")
                }
            return Answer(rows: rows, [standing.shown, String(rows.count)])
        })
}
