/// What listeners must hear besides messages. Recorded in the transaction that made it, told in commit order.
public enum Change: Sendable, Equatable, Codable {
    /// A new member.
    case joined(RoomReference, AccountReference)
    /// Somebody's first connection listens, over all daemons of the database.
    case listens(RoomReference, AccountReference)
    /// None of somebody's connections listens any more, over all daemons.
    case left(RoomReference, AccountReference, reason: String?)
    case resigned(RoomReference, AccountReference)
    case kicked(RoomReference, AccountReference, by: AccountReference, reason: String?)
    /// `by` is `nil` where the owner went and the server chose another.
    case role(RoomReference, AccountReference, Role, by: AccountReference?)
    case topic(RoomReference, by: AccountReference, topic: String?)
    case access(RoomReference, by: AccountReference, access: RoomAccess)
    case created(RoomReference, by: AccountReference, topic: String?)
    case renamed(RoomReference, to: RoomReference, by: AccountReference, members: [AccountID])
    /// `by` is `nil` where an operator did it.
    case deleted(RoomReference, by: AccountReference?, members: [AccountID])
    case invited(RoomReference, AccountReference, by: AccountReference)
    case mood(RoomReference, by: AccountReference, mood: String?)
    /// As the protocol writes it: `20-40EUR`.
    case budget(RoomReference, by: AccountReference, budget: String?)
    case distance(RoomReference, by: AccountReference, metres: Int64?)
    /// How many windows there are now.
    case availability(RoomReference, by: AccountReference, count: Int)
    case avatar([RoomReference], AccountReference, url: String)
    case displayName([RoomReference], AccountReference, name: String?)
    /// All connections of the account end, but the one that asked.
    case sessionsClosed(AccountID, SessionsClosedReason)
    /// The connections that came by this family of tokens end.
    case familyRevoked(AccountID, Int64)
    /// What other daemons changed for a long time was not seen, and never will be: nobody here can be trusted to be still
    /// allowed to. Never stored.
    case changesMissed
}

public enum SessionsClosedReason: String, Sendable, Equatable, Codable {
    case passwordChanged, accountDeleted
}
