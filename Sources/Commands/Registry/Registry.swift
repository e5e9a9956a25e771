public import LineProtocol

/// All commands, found by their words.
public struct Registry: Sendable {
    /// In the order of HELP and of the verb table of PROTOCOL.md.
    public let commands: [Command]
    /// By verb; two-word verbs have several, told apart by their second word.
    private let byVerb: [String: [Command]]

    public init(_ commands: [Command]) {
        self.commands = commands
        self.byVerb = Dictionary(grouping: commands, by: \.declaration.verb)
    }

    /// Finds the command of a line and takes the second word of a two-word verb from its parameters.
    /// - Throws: UNKNOWN_COMMAND with the nearest verb; NEED_MORE_PARAMS or INVALID_PARAMS where a two-word
    ///   verb lacks its second word or has an unknown one.
    public func find(_ verb: String, _ parameters: inout ParameterReader) throws(Failure) -> Command {
        guard let candidates = byVerb[verb] else { throw unknown(verb) }
        // Verbs of one word, MSG among them: nothing to look for.
        if candidates.count == 1, let command = candidates.first, command.declaration.second == nil { return command }
        let second = parameters.peekWord()?.uppercased()
        if let second, let command = candidates.first(where: { $0.declaration.second == second }) {
            _ = parameters.nextWord()
            return command
        }
        if let command = candidates.first(where: { $0.declaration.second == nil }) { return command }
        let usages = candidates.map(\.declaration.usage).joined(separator: ", ")
        throw second == nil
            ? .needMoreParameters("Write one of: \(usages).")
            : .invalidParameters("Write one of: \(usages).")
    }

    /// The commands whose verb is `verb`, for HELP.
    /// - Throws: UNKNOWN_COMMAND.
    public func help(_ verb: String) throws(Failure) -> [Command] {
        guard let found = byVerb[verb] else { throw unknown(verb) }
        return found
    }

    private func unknown(_ verb: String) -> Failure {
        let nearest = nearestVerb(to: verb).map { "Did you mean \($0)? " } ?? ""
        return Failure(
            .unknownCommand,
            words:
                "\(nearest)HELP lists the commands; MSG #room text talks, and SET CHAT ON makes every line a message.")
    }

    /// The verb with the fewest edits. O(verbs · length²), verbs ≤ 32 characters.
    func nearestVerb(to verb: String) -> String? {
        byVerb.keys.sorted().map { (verb: $0, edits: editDistance($0, verb)) }.min { $0.edits < $1.edits }?.verb
    }
}

/// Edits (insert, delete, replace one character) between two words: Wagner and Fischer, one row kept.
/// O(length²) time.
package func editDistance(_ left: String, _ right: String) -> Int {
    let columns = Array(right.utf8)
    var row = Array(0...columns.count)
    for (index, letter) in left.utf8.enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for (column, other) in columns.enumerated() {
            let replaced = diagonal + (letter == other ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
        }
    }
    return row.last ?? 0
}
