/// A line of data in an answer: `KIND field … :text`.
public struct Row: Sendable, Equatable {
    public var kind: String
    /// As values: the encoder escapes what a field cannot hold.
    public var fields: [String]
    public var text: String?

    public init(kind: String, fields: [String], text: String? = nil) {
        self.kind = kind
        self.fields = fields
        self.text = text
    }
}

/// The last line of an answer.
public enum Final: Sendable, Equatable {
    /// `OK VERB field … :text`
    case ok(verb: String, fields: [String], text: String?)
    /// `FAIL VERB CODE field … :words`; the verb is `*` where the line had none.
    case fail(verb: String, Failure)
}

/// A line that nobody asked for: `:source VERB #room field … :text`.
public struct Event: Sendable, Equatable {
    /// A username or the server's name.
    public var source: String
    public var verb: String
    /// A room with its `#`, or `*`.
    public var target: String
    public var fields: [String]
    public var text: String?

    public init(source: String, verb: String, target: String, fields: [String] = [], text: String? = nil) {
        self.source = source
        self.verb = verb
        self.target = target
        self.fields = fields
        self.text = text
    }
}
