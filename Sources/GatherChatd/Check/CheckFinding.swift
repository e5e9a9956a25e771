/// One thing that was looked at before a start.
struct CheckFinding: Sendable, Equatable {
    enum State: String, Sendable {
        case good = "ok"
        /// Works, but should be seen.
        case note
        /// The server would not start, or not do what it is for.
        case bad = "FAIL"
    }

    let state: State
    let words: String

    static func good(_ words: String) -> Self { Self(state: .good, words: words) }
    static func note(_ words: String) -> Self { Self(state: .note, words: words) }
    static func bad(_ words: String) -> Self { Self(state: .bad, words: words) }

    /// What `body` finds; a failure to start is a finding as well.
    static func of(_ body: () async throws -> CheckFinding) async -> CheckFinding {
        do { return try await body() } catch let failure as StartFailure {
            return .bad("\(failure)")
        } catch {
            return .bad("\(type(of: error))")
        }
    }

    /// `ok    certificate …`
    var line: String { state.rawValue + String(repeating: " ", count: 6 - state.rawValue.utf8.count) + words }
}
