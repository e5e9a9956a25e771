import LineProtocol
import Persistence

/// A change as connections see it: an event for an audience, then what it does to connections.
struct ChangeDelivery: Sendable {
    /// Who hears an event; each connection once.
    struct Audience: Sendable {
        /// All that listen in this room.
        var listeners: RoomID?
        /// All connections of these people.
        var people: [AccountID] = []
        /// But not this person.
        var except: AccountID?
    }

    enum Effect: Sendable {
        /// The person no longer listens in the room, on any connection; nobody is told again.
        case stopListening(RoomID, AccountID)
        /// The room has another name now.
        case rename(RoomReference)
        /// The room is gone.
        case close(RoomID)
        /// The person's connections end, but the one that asked.
        case end(AccountID, words: String)
        /// The connections that came by this family of tokens end.
        case endFamily(AccountID, Int64, words: String)
        /// All connections end.
        case endAll(words: String)
    }

    var event: Event?
    var audience = Audience()
    /// The connection that acted: it has its OK instead.
    var origin: Origin?
    var effects: [Effect] = []
    /// Somebody comes or goes, which changes nothing else: it may be told together with others of its kind.
    var mayWait = false
    let time: Timestamp
}

extension ChangeDelivery {
    /// The one place where a change of the store becomes lines (protocol.md, section 6).
    static func all(of change: Change, origin: Origin?, serverName: String, now: Timestamp) -> [ChangeDelivery] {
        let translation = Translation(origin: origin, serverName: serverName, now: now)
        return translation.deliveries(of: change)
    }
}

/// Everything that turning a change into deliveries needs beside the change.
private struct Translation {
    let origin: Origin?
    let serverName: String
    let now: Timestamp

    func deliveries(of change: Change) -> [ChangeDelivery] {
        switch change {
        case .listens(let room, let account):
            [presence(account, "JOIN", room)]
        case .left(let room, let account, let reason):
            [presence(account, "LEAVE", room, reason)]
        case .joined(let room, let account):
            [event(account.name, "JOIN", room, to: .init(listeners: room.id, people: [account.id]))]
        case .resigned(let room, let account):
            [
                event(
                    account.name, "RESIGN", room, to: .init(listeners: room.id, people: [account.id]),
                    effects: [.stopListening(room.id, account.id)])
            ]
        case .kicked(let room, let target, let by, let reason):
            [
                event(
                    by.name, "KICK", room, [target.name], text: reason,
                    to: .init(listeners: room.id, people: [target.id]),
                    effects: [.stopListening(room.id, target.id)])
            ]
        case .role(let room, let account, let role, let by):
            [
                event(
                    by?.name ?? serverName, "ROLE", room, [account.name, role.rawValue],
                    to: .init(listeners: room.id, people: [account.id]))
            ]
        case .invited(let room, let account, let by):
            [event(by.name, "INVITE", room, [account.name], to: .init(people: [account.id]))]
        case .topic, .access, .created, .renamed, .deleted: roomDeliveries(of: change)
        case .mood, .budget, .distance, .availability, .avatar, .displayName: planningDeliveries(of: change)
        case .sessionsClosed, .familyRevoked, .changesMissed: sessionDeliveries(of: change)
        }
    }

    private func roomDeliveries(of change: Change) -> [ChangeDelivery] {
        switch change {
        case .topic(let room, let by, let topic):
            [event(by.name, "TOPIC", room, text: topic ?? "*", to: .init(listeners: room.id))]
        case .access(let room, let by, let access):
            [event(by.name, "ACCESS", room, [access.rawValue], to: .init(listeners: room.id))]
        case .created(let room, let by, let topic):
            [event(by.name, "CREATE", room, text: topic ?? "*", to: .init(people: [by.id]))]
        case .renamed(let old, let room, let by, let members):
            [
                event(
                    by.name, "RENAME", old, ["#" + room.name], to: .init(people: members),
                    effects: [.rename(room)])
            ]
        case .deleted(let room, let by, let members):
            [event(by?.name ?? serverName, "DELETE", room, to: .init(people: members), effects: [.close(room.id)])]
        default: []
        }
    }

    private func planningDeliveries(of change: Change) -> [ChangeDelivery] {
        switch change {
        case .mood(let room, let by, let mood):
            [event(by.name, "MOOD", room, text: mood ?? "*", to: .init(listeners: room.id))]
        case .budget(let room, let by, let budget):
            [event(by.name, "BUDGET", room, [budget ?? "*"], to: .init(listeners: room.id))]
        case .distance(let room, let by, let metres):
            [event(by.name, "DISTANCE", room, [metres.map(String.init) ?? "*"], to: .init(listeners: room.id))]
        case .availability(let room, let by, let count):
            [event(by.name, "AVAIL", room, [String(count)], to: .init(listeners: room.id))]
        case .avatar(let rooms, let account, let url):
            rooms.map { event(account.name, "AVATAR", $0, [url], to: .init(listeners: $0.id)) }
        case .displayName(let rooms, let account, let name):
            rooms.map { event(account.name, "NAME", $0, text: name ?? "*", to: .init(listeners: $0.id)) }
        default: []
        }
    }

    private func sessionDeliveries(of change: Change) -> [ChangeDelivery] {
        switch change {
        case .sessionsClosed(let account, let reason):
            [ChangeDelivery(origin: origin, effects: [.end(account, words: reason.words)], time: now)]
        case .familyRevoked(let account, let family):
            [
                ChangeDelivery(
                    origin: origin, effects: [.endFamily(account, family, words: "The token was revoked.")],
                    time: now)
            ]
        case .changesMissed:
            [
                ChangeDelivery(
                    effects: [.endAll(words: "The server was without its database for too long. Connect again.")],
                    time: now)
            ]
        default: []
        }
    }

    private func presence(
        _ account: AccountReference, _ verb: String, _ room: RoomReference, _ reason: String? = nil
    ) -> ChangeDelivery {
        var delivery = event(
            account.name, verb, room, text: reason, to: .init(listeners: room.id, except: account.id))
        delivery.mayWait = true
        return delivery
    }

    private func event(
        _ source: String, _ verb: String, _ room: RoomReference, _ fields: [String] = [], text: String? = nil,
        to audience: ChangeDelivery.Audience, effects: [ChangeDelivery.Effect] = []
    ) -> ChangeDelivery {
        ChangeDelivery(
            event: Event(source: source, verb: verb, target: "#" + room.name, fields: fields, text: text),
            audience: audience, origin: origin, effects: effects, time: now)
    }
}

extension SessionsClosedReason {
    fileprivate var words: String {
        switch self {
        case .passwordChanged: "The password was changed."
        case .accountDeleted: "The account was deleted."
        }
    }
}
