/// The flags of the command line.
struct Options {
    static let usage = "Usage: LimitNIO [--port N] --cert FILE --key FILE [--loops N]"

    var port = 0
    var loops = 1
    var certificate = ""
    var key = ""

    /// - Returns: Nil if they cannot be understood.
    init?(_ arguments: some Sequence<String>) {
        var rest = arguments.makeIterator()
        while let flag = rest.next() {
            guard let value = rest.next() else { return nil }
            switch (flag, Int(value)) {
            case ("--port", let number?): port = number
            case ("--loops", let number?) where number > 0: loops = number
            case ("--cert", _): certificate = value
            case ("--key", _): key = value
            default: return nil
            }
        }
        if certificate.isEmpty || key.isEmpty { return nil }
    }
}
