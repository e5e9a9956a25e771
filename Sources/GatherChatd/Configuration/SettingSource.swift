/// Where the value of a setting came from, in the words that `gatherchatd config` says.
enum SettingSource: Sendable, Hashable, CustomStringConvertible {
    case flag(String)
    case variable(String)
    case file(path: String, line: Int)
    case standard

    var description: String {
        switch self {
        case .flag(let name): "--\(name)"
        case .variable(let name): name
        case .file(let path, let line): "\(path):\(line)"
        case .standard: "default"
        }
    }

    /// The setting as whoever set it calls it: what a complaint about its value begins with.
    func subject(_ name: String) -> String {
        switch self {
        case .flag, .standard: "--\(name)"
        case .variable(let variable): variable
        case .file(let path, let line): "\(path):\(line): \(name)"
        }
    }
}
