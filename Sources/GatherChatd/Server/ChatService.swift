import Commands
import Logging
import NIOCore
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#endif

/// The line server as a service: listens, says that it is ready, and drains when it is asked to stop.
struct ChatService: Service {
    let server: ChatServer
    let hub: Hub
    let settings: Settings
    let logger: Logger
    /// Prints the ready line, given the addresses really bound.
    let ready: @Sendable (_ tls: [HostPort], _ plain: [HostPort]) -> Void

    /// How long connections have to be answered when the server goes away.
    static let drainTime = Duration.milliseconds(4_500)

    func run() async throws {
        var channels: [any Channel] = []
        do {
            let tls = try await listen(on: settings.listen, isSecured: true, &channels)
            let plain = try await listen(on: settings.plainListen, isSecured: false, &channels)
            for seat in hub.seats { Sweep.start(on: seat) }
            ready(tls, plain)
            try await gracefulShutdown()
        } catch is CancellationError {
            // Stopped while waiting: the same end.
        } catch {
            for channel in channels { channel.close(promise: nil) }
            throw error
        }
        for channel in channels { try? await channel.close() }
        await drain()
    }

    private func listen(
        on addresses: [HostPort], isSecured: Bool, _ channels: inout [any Channel]
    ) async throws -> [HostPort] {
        var bound: [HostPort] = []
        for address in addresses {
            do {
                let channel = try await server.listen(on: address, isSecured: isSecured)
                channels.append(channel)
                bound.append(HostPort(host: address.host, port: channel.localAddress?.port ?? address.port))
            } catch let error as IOError {
                throw StartFailure.other("cannot listen on \(address): \(error.words)")
            } catch {
                throw StartFailure.other("cannot listen on \(address): there is no such address here")
            }
        }
        return bound
    }

    /// Lets every connection answer what it has, then ends it; after `drainTime` the rest are cut.
    private func drain() async {
        logger.info("draining", metadata: .keyed([.connections: "\(hub.population.connections)"]))
        // Lines that the kernel has already taken are read before anything ends.
        try? await Task.sleep(for: .milliseconds(100))
        onEveryConnection { $0.drain() }
        let deadline = ContinuousClock.now + Self.drainTime
        while hub.population.connections > 0 && ContinuousClock.now < deadline && !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(20))
        }
        onEveryConnection { $0.context?.channel.close(mode: .all, promise: nil) }
    }

    private func onEveryConnection(_ body: @escaping @Sendable (ConnectionHandler) -> Void) {
        for seat in hub.seats {
            let hub = seat.hub
            seat.loop.execute {
                for connection in hub.value.connections.values { body(connection) }
            }
        }
    }
}

extension IOError {
    /// The system's words for the error number alone.
    var words: String { String(cString: strerror(errnoCode)) }
}
