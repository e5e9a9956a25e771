#if canImport(Glibc)
    import Glibc
#endif

/// A folder that the server writes in, or makes in another one.
enum WritableFolder {
    /// - Parameter name: What it is for.
    /// - Throws: `StartFailure.configuration`.
    static func finding(_ path: String, _ name: String, flag: String) throws -> CheckFinding {
        if access(path, F_OK) == 0 {
            guard access(path, W_OK | X_OK) == 0 else {
                throw StartFailure.configuration("\(flag): the folder \(path) cannot be written to")
            }
            return .good("\(name) \(path)")
        }
        let parent = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        // One that the server makes under a data folder that it makes as well is fine.
        guard access(parent, F_OK) != 0 || access(parent, W_OK | X_OK) == 0 else {
            throw StartFailure.configuration("\(flag): \(path) cannot be made, as \(parent) cannot be written to")
        }
        return .good("\(name) \(path): is made at the first start")
    }
}
