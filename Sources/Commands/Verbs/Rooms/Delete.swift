import LineProtocol
import Persistence

extension Command {
    static let delete = Command(
        Declaration(
            "DELETE", nil, [.room(required: true)], by: .room(.owner),
            help: "Erases a room with all that is in it."),
        .writeRoom { call, standing, transaction in
            try transaction.deleteRoom(standing.reference, by: try call.user().reference)
            return Answer([standing.shown])
        })
}

extension WriteTransaction {
    /// - Parameter author: `nil` is the server.
    func deleteRoom(_ room: RoomReference, by author: AccountReference?) throws {
        let members = try memberIDs(room: room.id)
        try eraseRoom(room.id)
        record(.deleted(room, by: author, members: members))
    }
}
