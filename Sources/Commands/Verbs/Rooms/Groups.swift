import LineProtocol
import Persistence

extension Command {
    static let groups = Command(
        Declaration("GROUPS", nil, [], by: .user, help: "Lists the rooms you are in or invited to."),
        .read { call, transaction in
            let user = try call.user()
            return Answer(groups: try transaction.groups(of: user.account))
        })

    static let groupsOpen = Command(
        Declaration(
            "GROUPS", "OPEN", [], by: .user, answersWithSecond: false,
            help: "Lists the open rooms you are not in."),
        .read { call, transaction in
            let user = try call.user()
            return Answer(groups: try transaction.openRooms(without: user.account))
        })
}

extension Answer {
    fileprivate init(groups: [GroupRecord]) {
        let rows = groups.map(Row.init(group:))
        self.init(rows: rows, [String(rows.count)])
    }
}

extension Row {
    /// `GROUP <#room> <role|invited|*> <invite|open> <members> <last-id> :<topic|*>`
    init(group: GroupRecord) {
        let role = group.role?.rawValue ?? (group.isInvited ? "invited" : "*")
        self.init(
            kind: "GROUP",
            fields: [
                "#" + group.room.reference.name, role, group.room.access.rawValue, String(group.members),
                String(group.room.lastID),
            ], text: group.room.topic ?? "*")
    }
}
