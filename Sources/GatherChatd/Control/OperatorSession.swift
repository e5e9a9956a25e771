import Commands
import Logging
import Persistence

#if canImport(Glibc)
    import Glibc
#endif

/// Does what an operator asks: through the daemon where one runs on the data folder, on the store itself where none does.
struct OperatorSession {
    let settings: Settings
    let logger: Logger

    /// - Throws: `StartFailure`.
    func run(_ request: OperatorRequest) async throws {
        do {
            guard request.isPossible else {
                throw StartFailure.other("a name, an address and a path are never empty and hold no control characters")
            }
            guard access(settings.data, X_OK) == 0 else {
                throw StartFailure.configuration("there is no data folder \(settings.data), or it is not yours")
            }
            if DataFolderLock.isHeld(folder: settings.data) {
                let socket = try ControlSocket(folder: settings.data, makes: false)
                try await ControlClient(socket: socket).run(request) { Self.show($0) }
            } else {
                try await runAlone(request)
            }
        } catch let failure as OperatorFailure {
            throw StartFailure.other(failure.words)
        } catch let failure as StoreFailure {
            throw StartFailure(failure)
        }
    }

    private func runAlone(_ request: OperatorRequest) async throws {
        let database = try DatabaseChoice(settings)
        if case .sqlite(let path) = database, access(path, F_OK) != 0 {
            throw StartFailure.configuration("there is no database \(path)")
        }
        let lock = try DataFolderLock(folder: settings.data)
        defer { withExtendedLifetime(lock) {} }
        let store = try database.open(serverName: ServerName.full(settings.serverName), logger: logger) { _ in }
        do {
            let random = SystemRandom()
            let desk = OperatorDesk(
                store: store, tokens: try await TokenKey.signer(from: store), random: random,
                passwords: Passwords(
                    hasher: PasswordHasher(random: random), threads: WorkThreads(threads: 1, mostWaiting: 1)),
                blobs: { try BlobChoice(settings).open(logger) })
            try await desk.run(request) { Self.show($0) }
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }

    private static func show(_ output: OperatorOutput) {
        switch output {
        case .line(let text): StandardOutput.print(text)
        case .progress(let text): StandardError.print(text)
        }
    }
}
