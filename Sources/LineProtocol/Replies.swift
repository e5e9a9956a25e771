/// A line of data in an answer: `KIND field … :text`.
///
/// ```
/// HISTORY #picnic 1 2026-12-01T17:02:14.667Z alice :who is in for Sunday?
/// ```
public struct Row: Sendable, Equatable {
    /// Upper case; neither `OK` nor `FAIL` nor `ERROR`.
    public var kind: String
    /// As values: the encoder escapes what a field cannot hold, and writes `*` for an empty one.
    public var fields: [String]
    /// To the end of the line; `nil` if the row has none.
    public var text: String?

    /// A row of this kind.
    public init(kind: String, fields: [String], text: String? = nil) {
        self.kind = kind
        self.fields = fields
        self.text = text
    }
}

/// The last line of an answer.
///
/// ```
/// OK CREATE #picnic :You are its owner.
/// FAIL CREATE ROOM_EXISTS #picnic :That name is taken.
/// ```
public enum Final: Sendable, Equatable {
    /// Done and on disk: `OK VERB field … :text`; the second word of a two-word verb is the first field.
    case ok(verb: String, fields: [String], text: String?)
    /// Nothing was done: `FAIL VERB CODE field … :words`; the verb is `*` where the line had none.
    case fail(verb: String, Failure)
}

/// A line that nobody asked for: `:source VERB #room field … :text`.
///
/// ```
/// :alice KICK #picnic mallory :no more of this
/// ```
public struct Event: Sendable, Equatable {
    /// Who did it: a username, or the server's name, which always holds a dot.
    public var source: String
    /// What was done, upper case.
    public var verb: String
    /// A room with its `#`, or `*`.
    public var target: String
    /// As values: the encoder escapes what a field cannot hold, and writes `*` for an empty one.
    public var fields: [String]
    /// To the end of the line; `nil` if the event has none.
    public var text: String?

    /// What `source` did in `target`.
    public init(source: String, verb: String, target: String, fields: [String] = [], text: String? = nil) {
        self.source = source
        self.verb = verb
        self.target = target
        self.fields = fields
        self.text = text
    }
}
