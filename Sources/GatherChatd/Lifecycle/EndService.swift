import ServiceLifecycle

/// Does what has to be done at once when the server is asked to stop, and what has to be given up some time later, whoever
/// is still waiting then.
struct EndService: Service {
    let begin: @Sendable () -> Void
    let patience: Duration
    let giveUp: @Sendable () -> Void

    func run() async throws {
        do { try await gracefulShutdown() } catch { return }
        begin()
        // Not waited for: services end one after the other, and the next ones are what it is for.
        Task {
            try? await Task.sleep(for: patience)
            giveUp()
        }
    }
}
