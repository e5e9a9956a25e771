extension ReadTransaction {
    /// What somebody entered, by start.
    public func availability(room: RoomID, account: AccountID) throws -> [StoredWindow] {
        try session.rows(
            "SELECT start, stop FROM availability WHERE room = ?1 AND account = ?2 ORDER BY start",
            [SQLValue(room), .integer(account.rawValue)]
        ).map { StoredWindow(start: try $0.integer(0), end: try $0.integer(1)) }
    }

    /// What everybody entered, by person and start.
    public func availability(room: RoomID) throws -> [AccountID: [StoredWindow]] {
        var windows: [AccountID: [StoredWindow]] = [:]
        let rows = try session.rows(
            "SELECT account, start, stop FROM availability WHERE room = ?1 ORDER BY account, start",
            [SQLValue(room)])
        for row in rows {
            windows[AccountID(rawValue: try row.integer(0)), default: []].append(
                StoredWindow(start: try row.integer(1), end: try row.integer(2)))
        }
        return windows
    }
}

extension WriteTransaction {
    public func setMood(_ mood: String?, room: RoomID, account: AccountID) throws {
        try session.execute(
            "UPDATE member SET mood = ?3 WHERE room = ?1 AND account = ?2",
            [SQLValue(room), .integer(account.rawValue), SQLValue(mood)])
    }

    public func setBudget(_ budget: BudgetRecord?, room: RoomID, account: AccountID) throws {
        try session.execute(
            """
            UPDATE member SET budget_low = ?3, budget_high = ?4, budget_currency = ?5
            WHERE room = ?1 AND account = ?2
            """,
            [
                SQLValue(room), .integer(account.rawValue), SQLValue(budget?.low), SQLValue(budget?.high),
                SQLValue(budget?.currency),
            ])
    }

    public func setDistance(metres: Int64?, room: RoomID, account: AccountID) throws {
        try session.execute(
            "UPDATE member SET distance = ?3 WHERE room = ?1 AND account = ?2",
            [SQLValue(room), .integer(account.rawValue), SQLValue(metres)])
    }

    /// Puts these windows in the place of all that were there.
    /// - Parameter saidNone: The person looked, and has no time.
    public func replaceAvailability(
        _ windows: [StoredWindow], saidNone: Bool, room: RoomID, account: AccountID
    ) throws {
        let key: [SQLValue] = [SQLValue(room), .integer(account.rawValue)]
        try session.execute("DELETE FROM availability WHERE room = ?1 AND account = ?2", key)
        for window in windows {
            try session.execute(
                "INSERT INTO availability (room, account, start, stop) VALUES (?1, ?2, ?3, ?4)",
                key + [.integer(window.start), .integer(window.end)])
        }
        try session.execute(
            "UPDATE member SET said_none = ?3 WHERE room = ?1 AND account = ?2", key + [.integer(saidNone ? 1 : 0)])
    }

    /// Forgets windows that were over before this minute.
    public func forgetWindows(endedBefore minute: Int64) throws {
        try session.execute("DELETE FROM availability WHERE stop < ?1", [.integer(minute)])
    }
}
