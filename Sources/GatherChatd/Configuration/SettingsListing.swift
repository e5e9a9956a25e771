import Foundation

/// The settings in effect as a file for `--config`, each with where it came from as a comment. Passwords are `***`.
struct SettingsListing {
    let effective: EffectiveSettings

    var lines: [String] {
        let rows = SettingDefinition.all.map { definition in
            (name: definition.name, value: value(definition), source: effective.source(of: definition.name).description)
        }
        let width = min(rows.map { Self.key($0.name).count + $0.value.count }.max() ?? 0, 60)
        var lines = ["# The settings in effect, and where each comes from."]
        var isInLimits = false
        for row in rows {
            if row.name.hasPrefix("limits."), !isInLimits {
                lines.append("limits:")
                isInLimits = true
            }
            // A setting without a value stays a comment: there is nothing to write for it.
            let line = (row.value.isEmpty ? "# \(row.name):" : Self.key(row.name) + row.value)
            lines.append(
                line.padding(toLength: max(width, line.count), withPad: " ", startingAt: 0) + "  # \(row.source)")
        }
        return lines
    }

    private static func key(_ name: String) -> String {
        guard let dot = name.firstIndex(of: ".") else { return "\(name): " }
        return "  \(name[name.index(after: dot)...]): "
    }

    private func value(_ definition: SettingDefinition) -> String {
        switch definition.show(effective.settings) {
        case .text(let text): text.map { Self.quoted(MaskedURL($0).description) } ?? ""
        case .number(let number): String(number)
        case .list(let entries): "[\(entries.map(Self.quoted).joined(separator: ", "))]"
        }
    }

    /// A double-quoted scalar (YAML 1.2, section 7.3.1).
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"", "\\": quoted += "\\\(character)"
            case _ where character.value < 0x20 || character.value == 0x7f:
                quoted += "\\x" + String(character.value + 0x100, radix: 16).suffix(2)
            default: quoted.unicodeScalars.append(character)
            }
        }
        return quoted + "\""
    }
}
