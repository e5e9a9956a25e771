import Configuration
import Synchronization

/// The settings as they are in effect, and where each came from: flags over environment variables over the file that
/// `--config` names over defaults.
struct EffectiveSettings: Sendable {
    let settings: Settings
    /// By the names of the settings; what is not in it has its default.
    let sources: [String: SettingSource]
    /// Environment variables that look like settings and are none: a wrong letter, or another program's.
    let unknownVariables: [String]

    func source(of name: String) -> SettingSource { sources[name] ?? .standard }

    /// - Parameters:
    ///   - flags: By the names of the settings; a repeatable flag's values joined by commas.
    ///   - file: What `--config` or `GATHER_CONFIG` named; empty is none.
    ///   - environment: `GATHER_LIMITS_CONNECTIONS` is `limits.connections`; an empty variable is none.
    /// - Throws: `StartFailure.configuration`, naming the setting as it was set.
    static func read(
        flags: [String: String], file: String?, environment: [String: String]
    ) throws -> EffectiveSettings {
        let environment = environment.filter { !$0.value.isEmpty }
        let file = try file.flatMap { $0.isEmpty ? nil : try SettingsFile(path: $0) }
        let reporter = SourceReporter()
        let reader = ConfigReader(
            providers: [
                InMemoryProvider(name: "flags", texts: flags),
                EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: ["gather"]),
                InMemoryProvider(name: "file", texts: (file?.entries ?? [:]).mapValues(\.text)),
            ], accessReporter: reporter)
        var settings = Settings()
        var sources: [String: SettingSource] = [:]
        for definition in SettingDefinition.all {
            guard let text = reader.string(forKey: ConfigKey(.setting(definition.name))) else { continue }
            let source = reporter.source(of: definition, file)
            sources[definition.name] = source
            do { try definition.apply(&settings, text) } catch {
                throw StartFailure.configuration("\(source.subject(definition.name)) takes \(error.takes)")
            }
        }
        guard (settings.tlsCertificate == nil) == (settings.tlsKey == nil) else {
            throw StartFailure.configuration("--tls-cert and --tls-key go together")
        }
        return EffectiveSettings(
            settings: settings, sources: sources, unknownVariables: unknownVariables(in: environment))
    }

    private static func unknownVariables(in environment: [String: String]) -> [String] {
        let known = Set(SettingDefinition.all.map(\.variable) + [SettingDefinition.variable("config")])
        // The tests' own, and what container platforms set for a service that is called "gather".
        let others = ["GATHER_TEST_", "GATHER_SERVICE_", "GATHER_PORT"]
        return environment.keys.filter { name in
            name.hasPrefix("GATHER_") && !known.contains(name) && !others.contains { name.hasPrefix($0) }
        }.sorted()
    }
}

/// Remembers which layer answered for a key.
private final class SourceReporter: AccessReporter {
    private let layers = Mutex<[AbsoluteConfigKey: String]>([:])

    func report(_ event: AccessEvent) {
        let layer = event.providerResults.first { (try? $0.result.get().value) != nil }?.providerName
        layers.withLock { $0[event.metadata.key] = layer }
    }

    func source(of definition: SettingDefinition, _ file: SettingsFile?) -> SettingSource {
        switch layers.withLock({ $0[.setting(definition.name)] }) {
        case InMemoryProvider.layer("flags"): .flag(definition.name)
        case InMemoryProvider.layer("file"):
            .file(path: file?.path ?? "", line: file?.entries[definition.name]?.line ?? 0)
        case .some: .variable(definition.variable)
        case nil: .standard
        }
    }
}

extension AbsoluteConfigKey {
    /// `limits.replay` as its two parts.
    fileprivate static func setting(_ name: String) -> AbsoluteConfigKey {
        AbsoluteConfigKey(name.split(separator: ".").map(String.init))
    }
}

extension ConfigKey {
    fileprivate init(_ key: AbsoluteConfigKey) { self.init(key.components) }
}

extension InMemoryProvider {
    fileprivate init(name: String, texts: [String: String]) {
        let values = texts.map { (AbsoluteConfigKey.setting($0), ConfigValue(.string($1), isSecret: false)) }
        self.init(name: name, values: Dictionary(uniqueKeysWithValues: values))
    }

    /// What the provider calls itself in reports.
    fileprivate static func layer(_ name: String) -> String { InMemoryProvider(name: name, texts: [:]).providerName }
}
