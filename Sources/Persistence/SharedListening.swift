/// Who listens where, over all daemons of one database: what JOIN and LEAVE are told by, and `online` in MEMBERS.
///
/// May be called on any thread; never waits.
public protocol SharedListening: Sendable {
    /// The first connection of a person on this daemon listens in the room.
    /// - Parameter announced: Whether the others are to be told, if it is the first on any daemon.
    func began(_ account: AccountReference, in room: RoomReference, announced: Bool)

    /// None of the person's connections on this daemon listens in the room any more.
    /// - Parameter announced: Whether the others are to be told, if there is none on any other daemon.
    func ended(_ account: AccountReference, in room: RoomReference, reason: String?, announced: Bool)
}
