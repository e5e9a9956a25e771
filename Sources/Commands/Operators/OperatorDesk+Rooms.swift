import LineProtocol
import Persistence

extension OperatorDesk {
    func listRooms(_ output: Output) async throws {
        try await output(Self.row(["ROOM", "ACCESS", "MEMBERS", "MESSAGES", "SINCE"]))
        var last = ""
        while true {
            let after = last
            let rooms = try await store.read { transaction in
                try transaction.rooms(after: after, limit: Self.page).map { (room: $0.room, members: $0.members) }
            }
            for (room, members) in rooms {
                try await output(
                    Self.row([
                        "#\(room.reference.name)", "\(room.access)", String(members), String(room.messageCount),
                        Self.time(room.created),
                    ]))
            }
            guard let newest = rooms.last?.room, rooms.count == Self.page else { return }
            last = newest.reference.name.asciiLowercased
        }
    }

    func showRoom(_ name: String, _ output: Output) async throws {
        let lines = try await store.read { transaction -> [OperatorOutput] in
            let room = try transaction.roomForOperator(name)
            let members = try transaction.members(room: room.reference.id)
            return [
                Self.field("room", "#\(room.reference.name)"), Self.field("topic", room.topic ?? "*"),
                Self.field("access", "\(room.access)"), Self.field("since", Self.time(room.created)),
                Self.field("messages", String(room.messageCount)),
                Self.field("members", members.map { "\($0.account.name) (\($0.role))" }.joined(separator: ", ")),
            ]
        }
        for line in lines { try await output(line) }
    }

    func deleteRoom(_ name: String, _ output: Output) async throws {
        let reference = try await store.write(origin: nil) { transaction in
            let room = try transaction.roomForOperator(name).reference
            try transaction.deleteRoom(room, by: nil)
            return room
        }
        try await output(.line("#\(reference.name) is deleted with all that was in it."))
    }

    func backUp(to path: String, _ output: @escaping Output) async throws {
        let (steps, step) = AsyncStream.makeStream(of: (Int, Int).self, bufferingPolicy: .bufferingNewest(1))
        // Told no faster than whoever listens can take it.
        async let told: Void = {
            var last = ContinuousClock.now
            for await (pages, total) in steps where ContinuousClock.now - last > .milliseconds(500) || pages == total {
                last = .now
                try await output(.progress("\(pages) of \(total) pages"))
            }
        }()
        do {
            defer { step.finish() }
            try await store.backUp(to: path) { step.yield(($0, $1)) }
        } catch BackupFailure.notEmbedded {
            throw OperatorFailure("the database is PostgreSQL: back it up with pg_dump")
        } catch BackupFailure.underWay {
            throw OperatorFailure("another backup is under way")
        } catch BackupFailure.exists {
            throw OperatorFailure("\(path) is there already; nothing is overwritten")
        } catch BackupFailure.failed(let words) {
            throw OperatorFailure("\(path): \(words)")
        }
        try await told
        try await output(.line("\(path) holds the whole database as it was, and was checked."))
    }
}

extension RoomRecord {
    /// Messages kept.
    fileprivate var messageCount: Int64 { lastID == 0 ? 0 : max(0, lastID - firstID + 1) }
}

extension ReadTransaction {
    /// - Parameter name: With or without its `#`.
    fileprivate func roomForOperator(_ name: String) throws -> RoomRecord {
        let folded = (name.hasPrefix("#") ? String(name.dropFirst()) : name).asciiLowercased
        guard let room = try room(named: folded) else { throw OperatorFailure("there is no room \(name)") }
        return room
    }
}
