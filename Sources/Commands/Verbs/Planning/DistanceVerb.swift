import LineProtocol
import Persistence

extension Command {
    static let distance = Command(
        Declaration(
            "DISTANCE", nil, [.room(required: false), .text("10km", required: false)], by: .room(.member),
            codes: [.invalidDistance],
            help: "Tells how far you would travel; * takes it away, nothing shows it."),
        .writeRoom { call, standing, transaction in
            let user = try call.user()
            guard let text = call.arguments.text else {
                let known = try transaction.ownPlanning(user, in: standing).distanceMetres
                return Answer([standing.shown, known.map(String.init) ?? "*"])
            }
            let distance = text == "*" ? nil : try Distance(parsing: text)
            try transaction.setDistance(
                metres: distance?.metres, room: standing.reference.id, account: user.account)
            transaction.record(.distance(standing.reference, by: user.reference, metres: distance?.metres))
            return Answer([standing.shown, distance?.shown ?? "*"])
        })
}
