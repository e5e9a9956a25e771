import Configuration

extension Settings {
    /// The effective settings: flags over environment variables over defaults.
    /// - Parameters:
    ///   - flags: By the names of the settings; a repeatable flag's values joined by commas.
    ///   - environment: `GATHER_LIMITS_CONNECTIONS` is `limits.connections`.
    /// - Throws: `StartFailure.configuration`.
    static func read(flags: [String: String], environment: [String: String]) throws -> Settings {
        let values = flags.map { (AbsoluteConfigKey($0.split(separator: ".").map(String.init)), $1) }
        let reader = ConfigReader(providers: [
            InMemoryProvider(
                name: "flags",
                values: Dictionary(uniqueKeysWithValues: values.map { ($0, ConfigValue(.string($1), isSecret: false)) })
            ),
            EnvironmentVariablesProvider(environmentVariables: environment).prefixKeys(with: ["gather"]),
        ])
        var settings = Settings()
        for definition in SettingDefinition.all {
            let key = ConfigKey(definition.name.split(separator: ".").map(String.init))
            if let text = reader.string(forKey: key) { try definition.apply(&settings, text) }
        }
        guard (settings.tlsCertificate == nil) == (settings.tlsKey == nil) else {
            throw StartFailure.configuration("--tls-cert and --tls-key go together")
        }
        return settings
    }
}
