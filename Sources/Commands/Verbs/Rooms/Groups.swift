import LineProtocol
import Persistence

extension Command {
    static let groups = Command(
        Declaration("GROUPS", nil, [], by: .user, help: "Lists the rooms you are in or invited to."),
        .read { call, transaction in
            let rows = try transaction.groups(of: try call.user().account).map(Row.init(group:))
            return Answer(rows: rows, [String(rows.count)])
        })

    static let groupsOpen = Command(
        Declaration(
            "GROUPS", "OPEN", [], by: .user, answersWithSecond: false,
            help: "Lists the open rooms you are not in."),
        .session { call in
            var answer = Answer()
            answer.pages = OpenRoomPages(account: try call.user().account, store: call.services.store)
            return answer
        })
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
