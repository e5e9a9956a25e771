import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#endif

/// Whether the addresses to listen on can be had. All are taken for a moment, so that one that is named twice is found.
enum AddressCheck {
    /// - Parameter isRunning: A daemon runs on the data folder, so that an address in use may be its own.
    static func findings(_ settings: Settings, isRunning: Bool) async -> [CheckFinding] {
        let addresses =
            settings.listen.map { ("listen", $0) } + settings.plainListen.map { ("plain-listen", $0) }
            + [("web", settings.web)] + (settings.metrics.map { [("metrics", $0)] } ?? [])
        var channels: [any Channel] = []
        var findings: [CheckFinding] = []
        for (name, address) in addresses {
            do {
                channels.append(
                    try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                        .bind(host: address.host, port: address.port).get())
                findings.append(.good("\(name) \(address)"))
            } catch let error as IOError where isRunning && error.errnoCode == EADDRINUSE {
                findings.append(.note("\(name) \(address): in use, by the daemon that runs or by another program"))
            } catch let error as IOError {
                findings.append(.bad("\(name): cannot listen on \(address): \(error.words)"))
            } catch {
                findings.append(.bad("\(name): cannot listen on \(address): there is no such address here"))
            }
        }
        for channel in channels { try? await channel.close() }
        return findings
    }
}
