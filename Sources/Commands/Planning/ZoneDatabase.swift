internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The system's zone files, each read at most once.
///
/// Names are looked up in an index of the folder made on first use, in which they stand in the case of the
/// database; so no typed text ever becomes part of a path. The cache holds existing zones only and is
/// thereby bounded. A database updated meanwhile is seen after a restart.
final class ZoneDatabase: Sendable {
    static let system = ZoneDatabase(folder: "/usr/share/zoneinfo")

    private struct State {
        /// Names in the database's case by names in lower case; nil until the folder has been listed.
        var names: [String: String]?
        var zones: [String: Zone] = [:]
    }

    private let folder: String
    private let state = Mutex(State())

    init(folder: String) {
        self.folder = folder
    }

    /// The zone with this name in any case.
    func zone(named name: String) -> Zone? {
        // Some letters beyond ASCII have an ASCII lower case; no zone has them.
        guard name.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let folded = name.lowercased()
        if folded == "utc" { return .utc }
        return state.withLock { state in
            let names = state.names ?? Self.listNames(in: folder)
            state.names = names
            guard let name = names[folded] else { return nil }
            if let known = state.zones[name] { return known }
            guard let bytes = Self.read("\(folder)/\(name)"), let rules = TZifFile.rules(in: bytes)
            else { return nil }
            let zone = Zone(name: name, rules: rules)
            state.zones[name] = zone
            return zone
        }
    }

    /// All names, in the case of the database, sorted.
    var names: [String] {
        state.withLock { state in
            let names = state.names ?? Self.listNames(in: folder)
            state.names = names
            return names.values.sorted()
        }
    }

    /// Parts of the folder that are no places: copies in other forms, and names for "here".
    private static let skipped: Set<String> = ["posix", "right", "localtime", "posixrules", "Factory"]

    private static func listNames(in folder: String) -> [String: String] {
        var names: [String: String] = [:]
        // Names have at most three parts: America/Argentina/Ushuaia.
        list(folder, prefix: "", depth: 3, into: &names)
        return names
    }

    private static func list(
        _ folder: String, prefix: String, depth: Int, into names: inout [String: String]
    ) {
        guard depth > 0, let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let part = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            // A point marks the folder itself, its parent and the tables beside the zones.
            guard !part.isEmpty, !part.utf8.contains(UInt8(ascii: ".")), !skipped.contains(part)
            else { continue }
            var status = stat()
            guard stat("\(folder)/\(part)", &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                list("\(folder)/\(part)", prefix: "\(prefix)\(part)/", depth: depth - 1, into: &names)
            } else if part != "leapseconds" {
                names["\(prefix)\(part)".lowercased()] = "\(prefix)\(part)"
            }
        }
    }

    private static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 8_192)
        while bytes.count <= TZifFile.mostBytes {
            // `read` without a module name would be this function.
            let count = chunk.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { return bytes }
            bytes.append(contentsOf: chunk.prefix(count))
        }
        return nil
    }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
