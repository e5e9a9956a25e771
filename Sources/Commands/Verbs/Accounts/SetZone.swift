import LineProtocol
import Persistence

extension Command {
    static let setZone = Command(
        Declaration(
            "SET", "TZ", [.word("zone", required: true)], by: .user, codes: [.invalidZone],
            help: "Sets your time zone (Europe/Berlin): how your times are read and shown."),
        .write { call, transaction in
            guard let zone = Zone(named: try call.arguments.required("zone")) else {
                throw Failure(.invalidZone, words: "A zone is named as in the IANA database: Europe/Berlin, UTC.")
            }
            try transaction.setZone(zone.name, account: try call.user().account)
            return Answer([zone.name])
        })
}
