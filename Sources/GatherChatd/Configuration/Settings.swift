import Commands
import Logging

/// Everything that an operator may set: the one configuration type.
struct Settings: Sendable {
    enum LogFormat: String, Sendable, CaseIterable { case text, json }

    /// Database, pictures, outbox, self-signed certificate and lock live here by default.
    var data = "./data"
    var listen = [HostPort(host: "::", port: 6697)]
    /// Without TLS; loopback addresses only.
    var plainListen: [HostPort] = []
    /// Both or none; none is a self-signed certificate under the data folder.
    var tlsCertificate: String?
    var tlsKey: String?
    var web = HostPort(host: "127.0.0.1", port: 8697)
    /// Where `/metrics` and the health checks are; `nil` is the web door.
    var metrics: HostPort?
    /// The address of the web door as people reach it; `nil` is the address really bound.
    var webURL: String?
    /// `nil` is `sqlite:<data>/gather.sqlite`.
    var database: String?
    /// `nil` is `outbox:<data>/outbox`.
    var mail: String?
    /// `nil` is `quickgather@<server name>`.
    var mailFrom: String?
    /// `nil` is `folder:<data>/avatars`.
    var blobs: String?
    /// `nil` is the host's name.
    var serverName: String?
    /// Event loops; `nil` is one a core.
    var loops: Int?
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text
    var limits = Limits()
    /// Addresses that the limits an address do not count.
    var exempt = Network.loopback
}

/// What holds where nothing is said.
extension Settings {
    var databaseURL: String { database ?? "sqlite:\(data)/gather.sqlite" }
    var mailURL: String { mail ?? "outbox:\(data)/outbox" }
    var blobsURL: String { blobs ?? "folder:\(data)/avatars" }

    /// - Parameter serverName: The whole name of the server.
    func mailSender(serverName: String) -> String { mailFrom ?? "quickgather@\(serverName)" }
}

extension Settings {
    /// No more connections than there are descriptors for.
    func fitting(_ descriptors: DescriptorBudget) -> Settings {
        var settings = self
        settings.limits.connections = min(settings.limits.connections, descriptors.chat)
        return settings
    }
}
