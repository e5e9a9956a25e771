import LineProtocol
import Persistence

extension Command {
    static let availability = Command(
        Declaration(
            "AVAIL", nil, [.room(required: false), .text("window", required: false)], by: .room(.member),
            codes: [.invalidTime, .invalidDuration, .quotaExceeded, .noSuchUser],
            usage: "[#room] [window | LIST [user] | ALL | REMOVE n|window | CLEAR | NONE]",
            help: "Adds a time you have (fri 18:00 3h, fri 18:00-22:30, 2026-12-05), lists, or takes away."),
        .long { call in
            switch try AvailabilityRequest(call.arguments.text) {
            case .list(let name): try await list(call, name)
            case .listAll: try await listAll(call)
            case .add(let text): try await add(call, text)
            case .removeListed(let number): try await change(call) { try $0.remove(listed: number, now: $1) }
            case .remove(let text): try await remove(call, text)
            case .clear(let saidNone):
                try await change(call, saidNone: saidNone) { windows, _ in windows = WindowSet() }
            }
        })
}

/// What an AVAIL line asks for.
enum AvailabilityRequest: Equatable {
    /// Of somebody, or of oneself.
    case list(String?)
    case listAll
    case add(String)
    case removeListed(Int)
    case remove(String)
    /// Takes all away; `saidNone` tells that there is none, and that this is an answer.
    case clear(saidNone: Bool)

    /// - Throws: INVALID_PARAMS, NEED_MORE_PARAMS.
    init(_ text: String?) throws(Failure) {
        guard let text else {
            self = .list(nil)
            return
        }
        let words = text.split(separator: " ").map(String.init)
        switch (words.first?.uppercased(), words.count) {
        case ("LIST", 1): self = .list(nil)
        case ("LIST", 2): self = .list(words[1])
        case ("ALL", 1): self = .listAll
        case ("CLEAR", 1): self = .clear(saidNone: false)
        case ("NONE", 1): self = .clear(saidNone: true)
        case ("REMOVE", 1): throw .needMoreParameters("REMOVE which? A number of AVAIL LIST, or a window.")
        case ("REMOVE", 2) where words[1].allSatisfy(\.isNumber):
            guard let number = WireNumber.parse(words[1]) else { throw Self.noSuchNumber }
            self = .removeListed(Int(clamping: number))
        case ("REMOVE", _): self = .remove(words.dropFirst().joined(separator: " "))
        case ("LIST", _), ("ALL", _), ("CLEAR", _), ("NONE", _):
            throw .invalidParameters("More than AVAIL takes. HELP AVAIL tells what it does.")
        default: self = .add(text)
        }
    }

    static var noSuchNumber: Failure {
        .invalidParameters("There is no window of that number. AVAIL LIST numbers them.")
    }
}

private func list(_ call: Call, _ name: String?) async throws -> Answer {
    try await call.readRoom(call.declaration.permission) { standing, transaction in
        let user = try call.user()
        guard let username = name.map({ Username($0) }) ?? user.username else { throw Failure.noSuchUser(name ?? "") }
        let record = try transaction.member(named: username, in: standing.reference.id)
        let rows = try MemberPlanning(record, room: standing.room, call: call, transaction).availabilityRows
        return Answer(rows: rows, [standing.shown, String(rows.count)])
    }
}

private func listAll(_ call: Call) async throws -> Answer {
    var answer = Answer()
    answer.pages = try await call.readRoom(call.declaration.permission) { standing, transaction in
        AvailabilityPages(
            room: standing.shown, members: try MemberPlanning.all(in: standing, call: call, transaction))
    }
    return answer
}

private func add(_ call: Call, _ text: String) async throws -> Answer {
    try await call.writeRoom(call.declaration.permission) { standing, transaction in
        let reader = try MemberPlanning.Reader(call, transaction)
        let window = try TimeParser(zone: reader.zone, now: reader.now).window(text)
        var answer = try transaction.changeAvailability(call, standing, reader, saidNone: false) { $0.add(window) }
        let record = try transaction.member(named: call.user().username, in: standing.reference.id)
        let planning = try MemberPlanning(record, room: standing.room, call: call, transaction)
        let windows = planning.member.person.windows
        if let place = windows.listedIndex(of: window, at: reader.now) {
            let listed = windows.listed(at: reader.now)
            let became = listed[listed.index(listed.startIndex, offsetBy: place)]
            answer.rows = [planning.availabilityRow(became, number: place + 1)]
        }
        return answer
    }
}

private func remove(_ call: Call, _ text: String) async throws -> Answer {
    try await call.writeRoom(call.declaration.permission) { standing, transaction in
        let reader = try MemberPlanning.Reader(call, transaction)
        let window = try TimeParser(zone: reader.zone, now: reader.now).window(text)
        return try transaction.changeAvailability(call, standing, reader) { $0.remove(window) }
    }
}

private func change(
    _ call: Call, saidNone: Bool? = nil, _ body: @escaping @Sendable (inout WindowSet, Now) throws -> Void
) async throws -> Answer {
    try await call.writeRoom(call.declaration.permission) { standing, transaction in
        let reader = try MemberPlanning.Reader(call, transaction)
        return try transaction.changeAvailability(call, standing, reader, saidNone: saidNone) {
            try body(&$0, reader.now)
        }
    }
}

extension WindowSet {
    /// - Throws: INVALID_PARAMS where there is no such number.
    fileprivate mutating func remove(listed number: Int, now: Now) throws(Failure) {
        guard remove(listed: number, at: now) != nil else { throw AvailabilityRequest.noSuchNumber }
    }
}

extension WriteTransaction {
    /// Changes the caller's time in a room and tells the room.
    /// - Parameter saidNone: `nil` leaves it as it was.
    /// - Throws: QUOTA_EXCEEDED where there would be too many windows.
    fileprivate func changeAvailability(
        _ call: Call, _ standing: Standing, _ reader: MemberPlanning.Reader, saidNone: Bool? = nil,
        _ body: (inout WindowSet) throws -> Void
    ) throws -> Answer {
        let user = try call.user()
        let room = standing.reference
        var windows = WindowSet(stored: try availability(room: room.id, account: user.account))
        let countBefore = windows.count(at: reader.now)
        try body(&windows)
        let count = windows.count(at: reader.now)
        let limit = call.services.limits.windowsPerPerson
        // Whoever has more, from before the limit was lowered, may still take away.
        guard count <= max(limit, countBefore) else {
            throw Failure.quotaExceeded(limit, of: "windows a person and room")
        }
        let saidNone = try saidNone ?? ownPlanning(user, in: standing).saidNone
        try replaceAvailability(windows.stored, saidNone: saidNone, room: room.id, account: user.account)
        record(.availability(room, by: user.reference, count: count))
        return Answer([standing.shown, String(count)])
    }
}
