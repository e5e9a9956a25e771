import NIOCore
import NIOPosix

/// Whether the addresses to listen on can be had. Each is taken for a moment and given back.
enum AddressCheck {
    static func findings(_ settings: Settings) -> [CheckFinding] {
        let addresses =
            settings.listen.map { ("listen", $0) } + settings.plainListen.map { ("plain-listen", $0) }
            + [("web", settings.web)] + (settings.metrics.map { [("metrics", $0)] } ?? [])
        return addresses.map { name, address in finding(name, address) }
    }

    private static func finding(_ name: String, _ address: HostPort) -> CheckFinding {
        do {
            let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: address.host, port: address.port).wait()
            try channel.close().wait()
            return .good("\(name) \(address)")
        } catch let error as IOError {
            return .bad("cannot listen on \(address): \(error.words)")
        } catch {
            return .bad("cannot listen on \(address): there is no such address here")
        }
    }
}
