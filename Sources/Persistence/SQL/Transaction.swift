/// A view of the store as it was at one moment. What can be asked of it is in `Domain/`.
public class ReadTransaction {
    let session: any SQLSession
    /// The same for all of the transaction.
    public let now: Timestamp

    init(session: any SQLSession, now: Timestamp) {
        self.session = session
        self.now = now
    }
}

/// One operation of a batch: it can change everything, and all of it is undone if it throws.
public final class WriteTransaction: ReadTransaction {
    private(set) var changes: [Change] = []

    /// Tells listeners once it is on disk.
    public func record(_ change: Change) { changes.append(change) }
}
