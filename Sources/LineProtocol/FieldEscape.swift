/// How a field carries what would end it: `\s` space, `\:` semicolon, `\\` backslash, as in IRCv3 tag values.
///
/// Unlike there, `\r` and `\n` are the letters: no field brings a line end in.
public enum FieldEscape {
    /// The field that carries `text`; the same string where nothing has to change. `LineEncoder` does it for
    /// all fields.
    public static func escape(_ text: String) -> String {
        guard text.utf8.contains(where: needsEscape) else { return text }
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case " ": escaped += "\\s"
            case ";": escaped += "\\:"
            case "\\": escaped += "\\\\"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }

    /// The text that a field carries. A backslash before any other character, or at
    /// the end, is dropped.
    public static func unescape(_ field: String) -> String {
        guard field.utf8.contains(UInt8(ascii: "\\")) else { return field }
        var text = ""
        var isEscaped = false
        for character in field.unicodeScalars {
            if isEscaped {
                isEscaped = false
                switch character {
                case "s": text += " "
                case ":": text += ";"
                default: text.unicodeScalars.append(character)
                }
            } else if character == "\\" {
                isEscaped = true
            } else {
                text.unicodeScalars.append(character)
            }
        }
        return text
    }

    static func needsEscape(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: ";") || byte == UInt8(ascii: "\\")
    }
}
