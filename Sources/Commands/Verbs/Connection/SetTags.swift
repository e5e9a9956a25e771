import LineProtocol

extension Command {
    static let setTags = Command(
        Declaration(
            "SET", "TAGS", [.word("on|off", required: true)], by: .user,
            help: "Puts @time and msgid on the events of this connection, or no longer."),
        .session { call in
            let isOn = try call.arguments.onOrOff()
            return Answer(
                [isOn ? "on" : "off"], text: isOn ? "Events carry @time, messages msgid." : "Events carry no tags.",
                effects: [.tags(isOn)])
        })
}

extension Arguments {
    /// - Throws: INVALID_PARAMS unless the word is `on` or `off`, in any case.
    func onOrOff() throws(Failure) -> Bool {
        switch try required("on|off").lowercased() {
        case "on": return true
        case "off": return false
        default: throw .invalidParameters("Say ON or OFF.")
        }
    }

    /// - Throws: TEXT_TOO_LONG where the text has more than so many bytes.
    func checkText(atMost bytes: Int) throws(Failure) {
        if let text, text.utf8.count > bytes { throw .textTooLong(bytes) }
    }
}
