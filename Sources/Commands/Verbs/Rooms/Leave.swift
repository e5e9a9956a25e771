import LineProtocol
import Persistence

extension Command {
    static let leave = Command(
        Declaration(
            "LEAVE", nil, [.room(required: false)], by: .room(.member),
            help: "Stops listening on this connection; you stay a member."),
        .readRoom { _, standing, _ in
            Answer([standing.shown], effects: [.stopListening(standing.reference)])
        })
}
