/// A view of the store as it was at one moment. What can be asked of it is in `Domain/`.
public class ReadTransaction {
    let session: any SQLSession
    /// The same for all of the transaction.
    public let now: Timestamp
    /// Ends a SELECT of rows that the transaction is about to decide by: nobody else changes them until it ends.
    /// Empty where nobody else can (SQLite has one writer) and where nothing will be changed.
    let rowLock: String

    /// The people who listen in a room on any daemon of a database that several share; nobody in one that is not shared.
    public func sharedListeners(in room: RoomID) throws -> Set<AccountID> {
        try session.listeners(in: room)
    }

    init(session: any SQLSession, now: Timestamp, rowLock: String = "") {
        self.session = session
        self.now = now
        self.rowLock = rowLock
    }
}

/// One operation of a batch: it can change everything, and all of it is undone if it throws.
public final class WriteTransaction: ReadTransaction {
    private(set) var changes: [Change] = []

    /// Tells listeners once it is on disk.
    public func record(_ change: Change) { changes.append(change) }
}
