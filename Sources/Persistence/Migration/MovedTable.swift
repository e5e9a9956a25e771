/// A table of both stores, as it moves from one to the other.
struct MovedTable {
    enum Kind: String {
        case integer = "bigint"
        case text = "text"
        case bytes = "bytea"
    }

    let name: String
    let columns: [(name: String, kind: Kind)]
    /// The columns by which rows are in the same order in both stores.
    let order: String
    /// Its ids are given by the store, and never again.
    var givesIDs = false

    /// Each after those it refers to.
    static let all: [MovedTable] = [
        MovedTable("setting", "name:text value:bytes", order: "name"),
        MovedTable(
            "account",
            "id name:text folded:text email:text email_folded:text password:text zone:text display_name:text created avatar_digest:text avatar_bytes",
            order: "id", givesIDs: true),
        MovedTable(
            "mail_token", "hash:bytes purpose:text account username:text email:text password:text expires used_at",
            order: "hash"),
        MovedTable(
            "token_family", "id account name:text folded:text created last_used used_pair refresh_expires", order: "id",
            givesIDs: true),
        MovedTable("token", "hash:bytes family is_refresh pair expires", order: "hash"),
        MovedTable(
            "room", "id name:text folded:text is_open topic:text created first_id last_id last_time", order: "id",
            givesIDs: true),
        MovedTable(
            "member",
            "room account role sequence joined last_seen mood:text budget_low budget_high budget_currency:text distance said_none",
            order: "room, account"),
        MovedTable("invitation", "room account inviter expires", order: "room, account"),
        MovedTable("invitation_log", "account time", order: "account, time"),
        MovedTable("barred", "room account", order: "room, account"),
        MovedTable("invite_code", "code:text room inviter expires", order: "code"),
        MovedTable("message", "room id time author text:text", order: "room, id"),
        MovedTable("spoke", "account room block", order: "account, room, block"),
        MovedTable("once", "room account key:text id time", order: "room, account, key"),
        MovedTable("availability", "room account start stop", order: "room, account, start"),
        MovedTable(
            "mail", "id recipient:text subject:text body:text created next_try tries expires failed:text", order: "id",
            givesIDs: true),
    ]

    /// - Parameter columns: Names, with `:text` or `:bytes` where they hold no number.
    private init(_ name: String, _ columns: String, order: String, givesIDs: Bool = false) {
        self.name = name
        self.order = order
        self.givesIDs = givesIDs
        self.columns = columns.split(separator: " ").map { column in
            let parts = column.split(separator: ":")
            let kind: Kind = parts.count == 1 ? .integer : parts[1] == "text" ? .text : .bytes
            return (String(parts[0]), kind)
        }
    }

    /// All rows, in order.
    var query: String { "SELECT \(columns.map(\.name).joined(separator: ", ")) FROM \(name) ORDER BY \(order)" }

    /// Inserts rows given as one array a column.
    var insertion: String {
        let arrays = columns.indices.map { "$\($0 + 1)::\(columns[$0].kind.rawValue)[]" }.joined(separator: ", ")
        return
            "INSERT INTO \(name) (\(columns.map(\.name).joined(separator: ", "))) SELECT * FROM unnest(\(arrays))"
    }
}
