import ArgumentParser
import Foundation

/// The flags of `serve`. What they take is read by `SettingDefinition`, as is what the other layers give.
struct SettingFlags: ParsableArguments {
    @Option(help: "YAML file of settings; its keys are the names of the flags (none)") var config: String?
    @Option(help: "database, pictures, outbox and certificate live here (./data)") var data: String?
    @Option(help: "HOST:PORT for TLS, repeatable ([::]:6697)") var listen: [String] = []
    @Option(help: "HOST:PORT without TLS, loopback only, repeatable (none)") var plainListen: [String] = []
    @Option(help: "PEM certificate chain (self-signed)") var tlsCert: String?
    @Option(help: "PEM key of the certificate") var tlsKey: String?
    @Option(help: "HOST:PORT of the web door (127.0.0.1:8697)") var web: String?
    @Option(name: .customLong("web-url"), help: "the web door's address as people reach it (the one bound)") var webURL:
        String?
    @Option(help: "HOST:PORT for /metrics, /healthz and /readyz alone (the web door has them)") var metrics: String?
    @Option(help: "sqlite:PATH or postgres://… (sqlite:<data>/gather.sqlite)") var database: String?
    @Option(help: "outbox:FOLDER, smtp://… or smtps://… (outbox:<data>/outbox)") var mail: String?
    @Option(help: "sender of mails (quickgather@<server name>)") var mailFrom: String?
    @Option(help: "folder:PATH or s3://… (folder:<data>/avatars)") var blobs: String?
    @Option(help: "this server's name; .local is added where it has no dot (the host's name)") var serverName: String?
    @Option(help: "event loops (one a core)") var loops: String?
    @Option(help: "trace, debug, info, notice, warning, error, critical (info)") var logLevel: String?
    @Option(help: "text or json (text)") var logFormat: String?
    @OptionGroup(title: "Limits") var limits: LimitFlags

    /// The settings in effect.
    /// - Throws: `StartFailure.configuration`.
    func effective() throws -> EffectiveSettings {
        try EffectiveSettings.read(flags: values, file: file, environment: ProcessInfo.processInfo.environment)
    }

    /// The YAML file, if one was named.
    var file: String? { config ?? ProcessInfo.processInfo.environment[SettingDefinition.variable("config")] }

    /// What was given, by the names of the settings.
    var values: [String: String] {
        let texts: [String: String?] = [
            "data": data, "tls-cert": tlsCert, "tls-key": tlsKey, "web": web, "web-url": webURL,
            "metrics": metrics,
            "database": database, "mail": mail, "mail-from": mailFrom, "blobs": blobs,
            "server-name": serverName, "loops": loops, "log-level": logLevel, "log-format": logFormat,
            "listen": listen.isEmpty ? nil : listen.joined(separator: ","),
            "plain-listen": plainListen.isEmpty ? nil : plainListen.joined(separator: ","),
        ]
        return texts.compactMapValues { $0 }.merging(limits.values) { _, limit in limit }
    }
}
