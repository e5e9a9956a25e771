@testable import Persistence

/// A record, and which column has to hold what for it to be one.
struct RecordForm: Sendable {
    enum Column: Sendable { case number, text, anything }

    let name: String
    let columns: [Column]
    /// Makes it and says whether each of its parts is what the row holds.
    let isRead: @Sendable (SQLRow, [SQLValue]) throws -> Bool

    /// A record comes of a row exactly if every column that it cannot do without is of its kind; nothing else may happen.
    func check(_ row: SQLRow, _ values: [SQLValue]) {
        let isWhole = columns.enumerated().allSatisfy { index, column in
            let value = values.indices.contains(index) ? values[index] : .null
            return switch column {
            case .number: value.number != nil
            case .text: value.words != nil
            case .anything: true
            }
        }
        do {
            let isRight = try isRead(row, values)
            require(isWhole, "\(name) was made of \(values).")
            require(isRight, "\(name) is not what the row holds: \(values)")
        } catch is StoreFailure {
            require(!isWhole, "\(name) was refused: \(values)")
        } catch {
            require(false, "\(name) failed otherwise: \(error)")
        }
    }

    static let all = [account, room, member, history, tokenFamily]

    private static let account = RecordForm(
        name: "An account", columns: [.number, .text, .text, .text, .text, .anything, .number, .text, .number]
    ) { row, values in
        let record = try AccountRecord(row: row)
        return record.reference.id.rawValue == values[0].number && record.reference.name == values[1].words
            && record.email == values[2].words && record.password == values[3].words && record.zone == values[4].words
            && record.displayName == values[5].words && record.created.milliseconds == values[6].number
            && record.avatarDigest == values[7].words && Int64(record.avatarBytes) == values[8].number
    }

    private static let room = RecordForm(
        name: "A room", columns: [.number, .text, .number, .anything, .number, .number, .number]
    ) { row, values in
        let record = try RoomRecord(row: row)
        return record.reference.id.rawValue == values[0].number && record.reference.name == values[1].words
            && (record.access == .open) == (values[2].number != 0) && record.topic == values[3].words
            && record.created.milliseconds == values[4].number && record.firstID == values[5].number
            && record.lastID == values[6].number
    }

    private static let member = RecordForm(
        name: "A member",
        columns: [
            .number, .text, .anything, .number, .number, .anything, .anything, .anything, .anything, .anything,
            .anything,
            .number,
        ]
    ) { row, values in
        let record = try MemberRecord(row: row)
        let hasBudget = values[7].number != nil && values[8].number != nil && values[9].words != nil
        let budget = record.planning.budget
        let hasRightBudget =
            (budget != nil) == hasBudget
            && (!hasBudget
                || budget?.low == values[7].number && budget?.high == values[8].number
                    && budget?.currency == values[9].words)
        return record.account.id.rawValue == values[0].number && record.account.name == values[1].words
            && record.displayName == values[2].words && hasRightBudget
            // A number that is no role is the nearest.
            && Int64(record.role.rank) == values[3].number.map { min(max($0, 0), 2) }
            && record.joined.milliseconds == values[4].number && record.lastSeen?.milliseconds == values[5].number
            && record.planning.mood == values[6].words && record.planning.distanceMetres == values[10].number
            && record.planning.saidNone == (values[11].number != 0)
    }

    private static let history = RecordForm(name: "A message", columns: [.number, .number, .anything, .text]) {
        row, values in
        let record = try HistoryEntry(row: row)
        return record.id == values[0].number && record.time.milliseconds == values[1].number
            && record.authorName == values[2].words && record.text == values[3].words
    }

    private static let tokenFamily = RecordForm(
        name: "A named token", columns: [.number, .number, .text, .number, .anything, .number]
    ) { row, values in
        let record = try TokenFamilyRecord(row: row)
        return record.id == values[0].number && record.account.rawValue == values[1].number
            && record.name == values[2].words && record.created.milliseconds == values[3].number
            && record.lastUsed?.milliseconds == values[4].number
            && record.refreshExpires.milliseconds == values[5].number
    }
}
