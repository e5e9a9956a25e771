import Logging

/// The keys that log lines carry. None of them holds a name that was typed, an address, a token or a password.
enum LogKey: String {
    case connection, connections, error, reason, path, fingerprint, variable, days, subject, command, code, bytes,
        seconds
}

extension Logger.Metadata {
    static func keyed(_ values: [LogKey: Logger.MetadataValue]) -> Logger.Metadata {
        Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) })
    }
}
