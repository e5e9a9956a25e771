import Commands
import Foundation
import Yams

/// The YAML file that `--config` names: its keys are the names of the flags, limits stand under `limits:`.
struct SettingsFile: Sendable {
    /// A value as text, and the line where its key stands, from 1.
    struct Entry: Sendable, Hashable {
        let text: String
        let line: Int
    }

    let path: String
    /// By the names of the settings; the entries of a list joined by commas.
    let entries: [String: Entry]

    /// A file of settings is small; something else that is named by mistake need not be read to its end.
    private static let mostBytes = 1_048_576
    /// What is repeated of a key that nothing is known about.
    private static let longestName = 64

    /// - Throws: `StartFailure.configuration`, naming the file and, where there is one, the line and the key.
    init(path: String) throws {
        let bytes: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            bytes = try file.read(upToCount: Self.mostBytes + 1) ?? Data()
        } catch {
            let isThere = FileManager.default.fileExists(atPath: path)
            throw StartFailure.configuration(
                "--config \(path): \(isThere ? "it cannot be read" : "there is no such file")")
        }
        guard bytes.count <= Self.mostBytes, let text = String(bytes: bytes, encoding: .utf8) else {
            throw StartFailure.configuration("--config \(path): not a YAML file")
        }
        try self.init(path: path, text: text)
    }

    /// - Throws: As `init(path:)`.
    init(path: String, text: String) throws {
        self.path = path
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch let error as YamlError {
            throw StartFailure.configuration("\(path)\(Self.place(of: error)): this is not YAML: \(Self.words(error))")
        }
        var entries: [String: Entry] = [:]
        if let root, !Self.isNothing(root) {
            guard case .mapping(let mapping) = root else {
                throw StartFailure.configuration(
                    "\(path):\(Self.line(root)): a file of settings holds lines of NAME: VALUE")
            }
            try Self.collect(mapping, under: "", path, &entries)
        }
        self.entries = entries
    }

    /// - Parameter prefix: Empty, or the keys above joined by dots, with a dot at its end.
    private static func collect(
        _ mapping: Node.Mapping, under prefix: String, _ path: String, _ entries: inout [String: Entry]
    ) throws {
        for (key, value) in mapping {
            let name = prefix + (key.string ?? "")
            let line = line(key)
            let isGroup = SettingDefinition.all.contains { $0.name.hasPrefix("\(name).") }
            if isGroup, case .mapping(let inner) = value {
                try collect(inner, under: "\(name).", path, &entries)
                continue
            }
            // All that stood under it is a comment.
            if isGroup, isNothing(value) { continue }
            guard let definition = SettingDefinition.named(name) else {
                throw StartFailure.configuration("\(path):\(line): \(unknown(name))")
            }
            guard entries[name] == nil else {
                throw StartFailure.configuration("\(path):\(line): \(name) is set twice")
            }
            guard let text = text(of: value, isList: definition.isList) else {
                let takes = definition.isList ? "a value, or a list of values" : "a value"
                throw StartFailure.configuration("\(path):\(line): \(name) takes \(takes)")
            }
            entries[name] = Entry(text: text, line: line)
        }
    }

    private static func text(of value: Node, isList: Bool) -> String? {
        switch value {
        case .scalar(let scalar): isNothing(value) ? nil : scalar.string
        case .sequence(let sequence):
            isList && sequence.allSatisfy { $0.scalar != nil && !isNothing($0) }
                ? sequence.compactMap(\.string).joined(separator: ",") : nil
        case .mapping, .alias: nil
        }
    }

    /// A key without a value, or a file of comments only.
    private static func isNothing(_ node: Node) -> Bool { node.tag == Tag(.null) && node.scalar?.style == .plain }

    private static func unknown(_ name: String) -> String {
        let name = String(name.prefix(longestName))
        let nearest = SettingDefinition.all.map { (name: $0.name, edits: editDistance($0.name, name)) }
            .min { $0.edits < $1.edits }
        guard let nearest, nearest.edits <= 3 else { return "there is no setting \(name)" }
        return "there is no setting \(name); is it \(nearest.name)?"
    }

    private static func line(_ node: Node) -> Int { node.mark?.line ?? 1 }

    private static func place(of error: YamlError) -> String {
        switch error {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): ":\(mark.line)"
        case .duplicatedKeysInMapping(_, let context): ":\(context.mark.line)"
        default: ""
        }
    }

    /// The parser's words for what is wrong, without the file's own text: a password may stand there.
    private static func words(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        case .duplicatedKeysInMapping(let keys, _): "a key stands twice: \(keys.joined(separator: ", "))"
        default: "it cannot be read"
        }
    }
}
