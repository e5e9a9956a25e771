public import LineProtocol

/// The parameters of one line, read by what its command declares.
public struct Arguments: Sendable, Equatable {
    /// The room named, or the current one where it was left out.
    public fileprivate(set) var room: RoomChoice?
    fileprivate var words: [String: String] = [:]
    /// The options given, by lower-case key.
    public fileprivate(set) var options: [String: String] = [:]
    /// The text, never empty.
    public fileprivate(set) var text: String?

    public init() {}

    /// A declared word; `nil` where it was left out.
    public subscript(_ name: String) -> String? { words[name] }

    /// A declared word that cannot have been left out.
    /// - Throws: NEED_MORE_PARAMS, which a required word never meets.
    public func required(_ name: String) throws(Failure) -> String {
        guard let word = words[name] else { throw .needMoreParameters("Missing: \(name).") }
        return word
    }

    /// The declared text where it cannot have been left out.
    public func requiredText() throws(Failure) -> String {
        guard let text else { throw .needMoreParameters("Missing: the text at the end of the line.") }
        return text
    }

    /// An option that is a whole number in `range`; `nil` where it was left out.
    /// - Throws: INVALID_PARAMS.
    public func number(_ key: String, in range: ClosedRange<Int64>) throws(Failure) -> Int64? {
        guard let word = options[key] else { return nil }
        guard let number = WireNumber.parse(word), range.contains(number) else {
            throw .invalidParameters("\(key)= takes a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}

/// A room as a line names it.
public enum RoomChoice: Sendable, Equatable {
    /// Written out; kept as typed, since an answer about a room that is not there repeats it.
    case named(RoomName, typed: String)
    /// Left out: the current room of the connection.
    case current(RoomName)

    public var name: RoomName {
        switch self {
        case .named(let name, _), .current(let name): name
        }
    }

    /// How an answer names a room that is not there: as it was typed.
    public var typed: String {
        switch self {
        case .named(_, let typed): typed
        case .current(let name): name.description
        }
    }
}

/// Whole numbers as the protocol writes them.
public enum WireNumber {
    /// Decimal digits without sign, leading zeros or separators, at most 63 bits.
    public static func parse(_ word: some StringProtocol) -> Int64? {
        guard !word.isEmpty, word.utf8.count <= 19 else { return nil }
        if word.utf8.first == UInt8(ascii: "0") && word.utf8.count > 1 { return nil }
        guard word.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
        return Int64(word)
    }
}

extension Declaration {
    /// Reads the parameters of a line.
    /// - Parameters:
    ///   - parameters: What follows the verb, or both words of a two-word verb.
    ///   - currentRoom: Stands in where a room may be left out.
    /// - Throws: NEED_MORE_PARAMS, INVALID_PARAMS, NO_ROOM, NO_SUCH_ROOM (a name that cannot be one) and, in
    ///   CREATE and RENAME, INVALID_ROOM by their own run.
    public func read(_ parameters: ParameterReader, currentRoom: @autoclosure () -> RoomName?) throws(Failure)
        -> Arguments
    {
        var reader = parameters
        var arguments = Arguments()
        for parameter in self.parameters {
            switch parameter {
            case .room(let required):
                arguments.room = try readRoom(&reader, required: required, currentRoom: currentRoom())
            case .word(let name, let required):
                if let word = readWord(&reader, required: required) {
                    arguments.words[name] = word
                } else if required {
                    throw .needMoreParameters(usageSentence)
                }
            case .options(let keys):
                arguments.options = try readOptions(&reader, keys: keys)
            case .text(_, let required):
                arguments.text = try readText(&reader, required: required)
            }
        }
        guard reader.isAtEnd else {
            throw .invalidParameters("More than \(name) takes. \(usageSentence)")
        }
        return arguments
    }

    private var usageSentence: String { "Write \(usage)." }

    private var hasOptions: Bool {
        parameters.contains { if case .options = $0 { true } else { false } }
    }

    private func readRoom(
        _ reader: inout ParameterReader, required: Bool, currentRoom: RoomName?
    ) throws(Failure) -> RoomChoice {
        if required || reader.begins(with: UInt8(ascii: "#")), let word = reader.nextWord() {
            guard let name = RoomName(word) else { throw .noSuchRoom(typed: word) }
            return .named(name, typed: word)
        }
        if required { throw .needMoreParameters(usageSentence) }
        guard let currentRoom else { throw .noRoom }
        return .current(currentRoom)
    }

    /// An optional word gives way to an option: `JOIN #room since=4` has no code.
    private func readWord(_ reader: inout ParameterReader, required: Bool) -> String? {
        guard let word = reader.peekWord() else { return nil }
        if !required && hasOptions && word.contains("=") { return nil }
        return reader.nextWord()
    }

    private func readOptions(
        _ reader: inout ParameterReader, keys: [String]
    ) throws(Failure) -> [String: String] {
        var options: [String: String] = [:]
        while let word = reader.nextWord() {
            guard let equals = word.firstIndex(of: "="), keys.contains(word[..<equals].lowercased()) else {
                throw .invalidParameters(usageSentence)
            }
            let key = word[..<equals].lowercased()
            let value = String(word[word.index(after: equals)...])
            guard !value.isEmpty, options.updateValue(value, forKey: key) == nil else {
                throw .invalidParameters("\(key)= takes one word, once. \(usageSentence)")
            }
        }
        return options
    }

    private func readText(_ reader: inout ParameterReader, required: Bool) throws(Failure) -> String? {
        if reader.isAtEnd && !required { return nil }
        guard let text = reader.text(), !text.isEmpty else { throw .needMoreParameters(usageSentence) }
        return text
    }
}
