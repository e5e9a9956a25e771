import LineProtocol
import Persistence

extension Command {
    static let history = Command(
        Declaration(
            "HISTORY", nil, [.room(required: false), .options(["before", "since", "limit"])], by: .room(.member),
            help: "Shows a page of messages: the newest, those before an id, or those since one."),
        .readRoom { call, standing, transaction in
            let arguments = call.arguments
            let before = try arguments.number("before", in: 1...Int64.max)
            let since = try arguments.number("since", in: 0...Int64.max)
            let limit = Int(
                try arguments.number("limit", in: 1...mostHistory) ?? Int64(call.services.limits.historyPage))
            guard before == nil || since == nil else {
                throw Failure.invalidParameters("Ask for messages before an id or since one, not both.")
            }
            let room = standing.room
            let (entries, hasMore): ([HistoryEntry], Bool)
            if let since {
                entries = try transaction.history(room: room.reference.id, after: since, limit: limit)
                hasMore = (entries.last?.id ?? room.lastID) < room.lastID
            } else {
                entries = try transaction.history(room: room.reference.id, before: before, limit: limit)
                hasMore = (entries.first?.id ?? room.firstID) > room.firstID
            }
            return Answer(
                rows: entries.map { Row(history: $0, room: standing.shown) },
                [standing.shown, String(entries.count), hasMore ? "more" : "end"])
        })
}

/// The most that one HISTORY may ask for.
private let mostHistory: Int64 = 1_000

extension Row {
    /// `HISTORY <#room> <id> <time> <username|*> :<text>`
    init(history entry: HistoryEntry, room: String) {
        self.init(
            kind: "HISTORY",
            fields: [
                room, String(entry.id), RFC3339.string(milliseconds: entry.time.milliseconds),
                entry.authorName ?? "*",
            ], text: entry.text)
    }
}
