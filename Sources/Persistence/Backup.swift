/// Why there is no copy. Nothing is left of it.
public enum BackupFailure: Error, Equatable, Sendable {
    /// The database is another program's, which has its own ways (`pg_dump`).
    case notEmbedded
    /// One is under way already.
    case underWay
    /// There is something of that name; it is never overwritten.
    case exists
    /// The text is for the operator.
    case failed(String)
}
