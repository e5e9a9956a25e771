@testable import Persistence

/// A database in which transactions begin, lock a room, write and commit, in any order that locks allow; and readings of
/// it that were asked for at one time, looked at the database at another, and arrive at a third.
struct RoomLogModel {
    enum Entry: Equatable {
        case message(Int64, isOwn: Bool)
        case change(Int64, after: Int64)
    }

    private struct Transaction {
        let number: Int64
        let room: Int64
        var entries: [Entry] = []
    }

    /// By room, in commit order.
    private(set) var committed: [Int64: [Entry]] = [:]
    private var changes: [(transaction: Int64, room: Int64, id: Int64, after: Int64)] = []
    private var running: [Int64: Transaction] = [:]
    private var nextTransaction: Int64 = 1
    private var nextChange: Int64 = 1

    func isLocked(_ room: Int64) -> Bool { running.values.contains { $0.room == room } }

    func newest(in room: Int64) -> (message: Int64, change: Int64) {
        var newest: (message: Int64, change: Int64) = (0, 0)
        for entry in committed[room] ?? [] {
            switch entry {
            case .message(let id, _): newest.message = id
            case .change(let id, _): newest.change = id
            }
        }
        return newest
    }

    mutating func begin(in room: Int64) -> Int64 {
        defer { nextTransaction += 1 }
        running[nextTransaction] = Transaction(number: nextTransaction, room: room)
        return nextTransaction
    }

    mutating func write(messages: Int, isOwn: Bool, in transaction: Int64) {
        guard let room = running[transaction]?.room else { return }
        for number in 0..<messages {
            let id = newest(in: room).message + 1 + Int64(number)
            running[transaction]?.entries.append(.message(id, isOwn: isOwn))
        }
    }

    mutating func writeChange(in transaction: Int64) {
        guard let room = running[transaction]?.room else { return }
        let change = Entry.change(nextChange, after: newest(in: room).message)
        running[transaction]?.entries.append(change)
        nextChange += 1
    }

    mutating func commit(_ number: Int64) {
        guard let transaction = running.removeValue(forKey: number) else { return }
        committed[transaction.room, default: []] += transaction.entries
        for case .change(let id, let after) in transaction.entries {
            changes.append((number, transaction.room, id, after))
        }
    }

    mutating func rollBack(_ number: Int64) { running[number] = nil }

    /// What one statement sees now.
    func read(from position: RoomLogReading.Position) -> RoomLogReading {
        var reading = RoomLogReading()
        reading.oldestRunning = running.keys.min() ?? nextTransaction
        for (transaction, room, id, after) in changes where transaction >= position.transaction {
            let row = RoomLogReading.test(changes: [(id, after)], room: room).changes[0]
            reading.changes.append(
                .init(
                    id: row.id, transaction: transaction, room: room, after: after, payload: row.payload, node: 2,
                    origin: row.origin))
        }
        reading.changes.sort { $0.id < $1.id }
        for (room, after) in position.rooms {
            for case .message(let id, _) in committed[room] ?? [] where id > after {
                reading.messages += RoomLogReading.test(messages: [id], room: room).messages
            }
        }
        return reading
    }
}

extension RoomLogModel.Entry {
    var line: String {
        switch self {
        case .message(let id, let isOwn): "\(isOwn ? "!" : "")m\(id)"
        case .change(let id, _): "c\(id)"
        }
    }
}
