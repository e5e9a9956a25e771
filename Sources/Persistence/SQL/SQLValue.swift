/// A value in a statement or a row.
public enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])

    init(_ text: String?) { self = text.map(SQLValue.text) ?? .null }
    init(_ number: Int64?) { self = number.map(SQLValue.integer) ?? .null }
    init(_ time: Timestamp?) { self = time.map { .integer($0.milliseconds) } ?? .null }
    init(_ account: AccountID?) { self = account.map { .integer($0.rawValue) } ?? .null }
    init(_ room: RoomID) { self = .integer(room.rawValue) }
}

/// A row of a result, read by position.
struct SQLRow {
    let values: [SQLValue]

    func optionalInteger(_ column: Int) -> Int64? {
        guard column < values.count, case .integer(let number) = values[column] else { return nil }
        return number
    }

    func optionalText(_ column: Int) -> String? {
        guard column < values.count, case .text(let text) = values[column] else { return nil }
        return text
    }

    /// - Throws: `StoreFailure.unavailable` where the schema says otherwise, so that damage does not spread.
    func integer(_ column: Int) throws -> Int64 {
        guard let number = optionalInteger(column) else { throw unexpected(column) }
        return number
    }

    func text(_ column: Int) throws -> String {
        guard let text = optionalText(column) else { throw unexpected(column) }
        return text
    }

    func bytes(_ column: Int) throws -> [UInt8] {
        guard column < values.count, case .bytes(let bytes) = values[column] else { throw unexpected(column) }
        return bytes
    }

    func time(_ column: Int) throws -> Timestamp { Timestamp(milliseconds: try integer(column)) }

    func optionalTime(_ column: Int) -> Timestamp? { optionalInteger(column).map(Timestamp.init(milliseconds:)) }

    private func unexpected(_ column: Int) -> StoreFailure {
        .unavailable("column \(column) does not hold what the schema says")
    }
}
