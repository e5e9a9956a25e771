/// The fixed limits of lines and texts, in bytes (protocol, section 14). Clients rely on them, so none is a
/// setting; those that an operator may set live in the daemon's configuration.
public enum LineLimits {
    /// A line with its ending, in both directions: room for a message and all about it, or for 8,000 base64
    /// characters of a picture, and a reader needs no more than two pages of memory.
    public static let line = 8_192
    /// What may come without a line end before the connection is given up: more than anybody pastes by
    /// mistake, too little to keep a server busy.
    public static let unended = 1_048_576
    /// The value of a `label` or `once` tag: a UUID or a SHA-256 digest in hexadecimal digits fits.
    public static let tagValue = 64
    /// The letters and digits of a verb, which FAIL repeats.
    public static let verb = 32
    /// A username, or the name of a token: 200 of them fit into one field of a line.
    public static let username = 32
    /// The name of a room without its `#`, so at most 50 with it.
    public static let roomName = 49
    /// The text of a message: half a line, the other half is for names and tags.
    public static let message = 4_096
    /// The topic of a room: a few lines of a terminal.
    public static let topic = 400
    /// The reason of a KICK or QUIT: as a topic.
    public static let reason = 400
    /// A mood: a field of STATS rows, where escapes may double it.
    public static let mood = 100
    /// A display name (SET NAME).
    public static let displayName = 64
    /// The word that PING wants back.
    public static let ping = 100
}
