/// The fixed limits of lines and texts, in bytes. Those that an operator may set live in the daemon's configuration.
public enum LineLimits {
    /// A line with its ending, in both directions.
    public static let line = 8_192
    /// What may come without a line end before the connection is given up.
    public static let unended = 1_048_576
    /// The value of a `label` or `once` tag.
    public static let tagValue = 64
    public static let verb = 32
    public static let message = 4_096
    public static let topic = 400
    /// The reason of a KICK or QUIT.
    public static let reason = 400
    public static let mood = 100
    /// A display name.
    public static let displayName = 64
    public static let ping = 100
}
