#if canImport(Glibc)
    import Glibc
#endif

/// The name of this server as people and programs see it.
enum ServerName {
    /// - Parameter set: What the operator set; the host's name otherwise.
    /// - Returns: A name that always holds a dot, so that it is no username.
    static func full(_ set: String?) -> String {
        let name = set ?? hostName
        return name.contains(".") ? name : "\(name).local"
    }

    private static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "gather" }
        let name = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return name.isEmpty ? "gather" : String(decoding: name, as: UTF8.self)
    }
}

/// Standard output carries what programs read, one line at a time.
enum StandardOutput {
    static func print(_ line: String) {
        var bytes = Array((line + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
