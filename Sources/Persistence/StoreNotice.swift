/// What an operator wants to read of a store's life.
public enum StoreNotice: Sendable, Equatable {
    /// The database does not answer; it is tried again until it does.
    case databaseLost(String)
    case databaseAnswers
    /// Nothing can be stored (a full disk, say); it is tried with each batch.
    case storingFails(String)
    case storingWorks
    /// Notifications do not arrive (a pooler in transaction mode, say): what other daemons store is told some seconds late.
    case notificationsSilent
    /// The outcome of a transaction is being found out.
    case commitLost
}
