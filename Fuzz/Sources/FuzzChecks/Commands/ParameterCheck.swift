import Commands
import LineProtocol
import NIOCore

/// What a command reads of its line: nothing of the line is lost, and written again it is read as the same.
func checkedArguments(_ reader: ParameterReader, _ declaration: Declaration) throws(Failure) -> Arguments {
    let room = RoomName("picnic")
    let arguments = try declaration.read(reader, currentRoom: room)
    let parts = WrittenParameters(arguments, declaration)
    checkNothingIsLost(reader, parts)
    var again: Arguments?
    do throws(Failure) {
        again = try declaration.read(ParameterReader(ByteBuffer(string: parts.line)), currentRoom: room)
    } catch {
        require(false, "\(declaration.name) \(parts.line) is refused: \(error.words)")
    }
    require(again == arguments, "\(declaration.name) is read as another line than it was: \(parts.line)")
    for case .word(let name, true) in declaration.parameters {
        require(arguments[name]?.isEmpty == false, "A word that must be there is not.")
    }
    return arguments
}

/// Every word is one of the arguments, in its place; options may come in any order and in any case.
private func checkNothingIsLost(_ reader: ParameterReader, _ parts: WrittenParameters) {
    var (words, textReader) = (reader, reader)
    var typed: [String] = []
    while !words.isAtEnd, parts.text == nil || typed.count < parts.words.count {
        if let word = words.nextWord() { typed.append(word) }
    }
    let isSame = typed == parts.words || typed.map(\.withSmallKey).sorted() == parts.words.sorted()
    require(isSame, "\(typed) became \(parts.words).")
    for _ in parts.words { _ = textReader.nextWord() }
    require(textReader.text() == parts.text || parts.text == nil, "A text was changed: \(parts.text ?? "")")
}

/// Arguments as a program would write them.
private struct WrittenParameters {
    private(set) var words: [String] = []
    let text: String?

    init(_ arguments: Arguments, _ declaration: Declaration) {
        text = arguments.text
        for parameter in declaration.parameters {
            switch parameter {
            case .room: if case .named(_, let typed)? = arguments.room { words.append(typed) }
            case .word(let name, _): if let word = arguments[name] { words.append(word) }
            case .options(let keys):
                words += keys.compactMap { key in arguments.options[key].map { "\(key)=\($0)" } }
            case .text: break
            }
        }
    }

    /// The last parameter has a colon before it.
    var line: String {
        if let text { return (words + [":\(text)"]).joined(separator: " ") }
        return (words.dropLast() + words.suffix(1).map { ":\($0)" }).joined(separator: " ")
    }
}

extension String {
    /// `KEY=word` as `key=word`; other words as they are.
    fileprivate var withSmallKey: String {
        guard let equals = firstIndex(of: "=") else { return self }
        return self[..<equals].lowercased() + self[equals...]
    }
}
