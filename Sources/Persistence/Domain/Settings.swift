extension ReadTransaction {
    /// A value that belongs to the database as a whole, such as the key that signs tokens.
    public func setting(_ name: String) throws -> [UInt8]? {
        try session.row("SELECT value FROM setting WHERE name = ?1", [.text(name)])?.bytes(0)
    }
}

extension WriteTransaction {
    /// Several daemons may want to be the first: the value of the one that was holds.
    /// - Returns: That value.
    public func firstSetting(_ name: String, _ value: [UInt8]) throws -> [UInt8] {
        try session.execute(
            "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
            [.text(name), .bytes(value)])
        return try setting(name) ?? value
    }
}
