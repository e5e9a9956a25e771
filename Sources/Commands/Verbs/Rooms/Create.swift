import LineProtocol
import Persistence

extension Command {
    static let create = Command(
        Declaration(
            "CREATE", nil, [.word("#room", required: true), .text("topic", required: false)], by: .user,
            codes: [.invalidRoom, .roomExists, .quotaExceeded],
            help: "Makes a room that is joined by invitation; it is yours, and your current one."),
        .write { call, transaction in
            let user = try call.user()
            let name = try RoomName.forNewRoom(call.arguments.required("#room"))
            let topic = try call.arguments.clearableText(atMost: LineLimits.topic)
            guard try transaction.room(named: name.folded) == nil else { throw Failure.roomExists(name) }
            try transaction.checkRooms(of: user.account, call.services.limits)
            let room = try transaction.createRoom(
                name: name.shown, folded: name.folded, topic: topic, owner: user.account)
            transaction.record(.created(room.reference, by: user.reference, topic: topic))
            return Answer(
                [name.description],
                text: "It is yours. INVITE makes a code for your friends: they type JOIN \(name) and the code.",
                effects: [
                    .current(room.reference), .listen(room.reference, announced: false),
                    .planningNotice(about: name.description),
                ])
        })
}

extension RoomName {
    /// - Throws: INVALID_ROOM.
    static func forNewRoom(_ word: String) throws(Failure) -> RoomName {
        guard let name = RoomName(word) else {
            throw Failure(
                .invalidRoom, words: "A room's name has 1 to 49 letters, digits, - and _, with or without a # before.")
        }
        return name
    }
}

extension Failure {
    static func roomExists(_ name: RoomName) -> Failure {
        Failure(.roomExists, fields: [name.description], words: "That name is taken.")
    }
}

extension ReadTransaction {
    /// - Throws: QUOTA_EXCEEDED where somebody is in as many rooms as they may be.
    func checkRooms(of account: AccountID, _ limits: Limits) throws {
        guard try roomCount(of: account) < limits.roomsPerPerson else {
            throw Failure.quotaExceeded(limits.roomsPerPerson, of: "rooms a person")
        }
    }
}

extension SessionEffect {
    /// Asks somebody who is new in a room for what planning needs.
    static func planningNotice(about room: String) -> SessionEffect {
        .notice(
            room: room,
            words:
                "Tell the group when and how you can: /avail fri 18:00 3h, /mood hungry, /budget 20-40 EUR, /distance 10km"
        )
    }
}

extension Arguments {
    /// The text, where `*` takes away what was there.
    /// - Returns: `nil` for no text and for `*`; see `Arguments.text` for which.
    /// - Throws: TEXT_TOO_LONG.
    func clearableText(atMost bytes: Int) throws(Failure) -> String? {
        try checkText(atMost: bytes)
        return text == "*" ? nil : text
    }
}
