import LineProtocol
import Persistence

extension Command {
    static let topic = Command(
        Declaration(
            "TOPIC", nil, [.room(required: false), .text("topic", required: false)], by: .room(.member),
            help: "Shows the topic; an organizer sets it, * takes it away."),
        .writeRoom { call, standing, transaction in
            guard call.arguments.text != nil else { return Answer([standing.shown], text: standing.room.topic ?? "*") }
            try standing.require(.organizer)
            let topic = try call.arguments.clearableText(atMost: LineLimits.topic)
            try transaction.setTopic(topic, room: standing.reference.id)
            transaction.record(.topic(standing.reference, by: try call.user().reference, topic: topic))
            return Answer([standing.shown], text: topic ?? "*")
        })
}
