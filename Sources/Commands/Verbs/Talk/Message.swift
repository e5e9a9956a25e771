import LineProtocol
import Persistence

extension Command {
    /// Takes the hot path: the connection hands it to the store, which checks, stores and numbers it with others.
    static let message = Command(
        Declaration(
            "MSG", nil, [.room(required: true), .text("text", required: true)], by: .room(.member),
            help: "Says something to a room; the OK means that it is on disk. With @once=key it may be sent again."),
        .message)
}
