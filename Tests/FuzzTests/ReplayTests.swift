import Foundation
import Testing

/// A kind of input, with what has to hold for each (`Checks` is the fuzzer's own folder).
enum FuzzedInput: String, CaseIterable, CustomTestStringConvertible {
    case lines = "Lines"
    case commands = "Commands"
    case times = "Times"
    case rows = "Rows"
    case upload = "Upload"

    var testDescription: String { rawValue }

    var check: (UnsafeBufferPointer<UInt8>) -> Void {
        switch self {
        case .lines: checkStream
        case .commands: checkCommand
        case .times: checkTimes
        case .rows: checkRows
        case .upload: checkUpload
        }
    }
}

/// What `scripts/fuzz` begins with, and every find that it ever came to.
@Suite("Inputs of the fuzzer", .serialized)
struct ReplayTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(components: "..", "..", "Fuzz").standardizedFileURL

    private static func files(_ kind: String, _ input: FuzzedInput) throws -> [URL] {
        let folder = folder.appending(components: kind, input.rawValue)
        guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .sorted { $0.path < $1.path }
    }

    @Test("keep their promises", arguments: FuzzedInput.allCases)
    func seeds(_ input: FuzzedInput) throws {
        let seeds = try Self.files("Corpus", input)
        #expect(seeds.count >= 10)
        for file in try seeds + Self.files("Findings", input) { try Self.replay(file, input) }
    }

    private static func replay(_ file: URL, _ input: FuzzedInput) throws {
        let bytes = [UInt8](try Data(contentsOf: file))
        Replayed.$file.withValue(file.lastPathComponent) { bytes.withUnsafeBufferPointer(input.check) }
    }

    /// From each seed: cut short at any place, and with one byte changed. The same changes in every run.
    @Test("keep their promises also where they are damaged", arguments: FuzzedInput.allCases)
    func damagedSeeds(_ input: FuzzedInput) throws {
        var state: UInt64 = 6
        for file in try Self.files("Corpus", input) {
            let bytes = [UInt8](try Data(contentsOf: file).prefix(2_000))
            for round in 0..<20 where !bytes.isEmpty {
                // Numerical Recipes' linear congruential generator.
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let (place, value) = (Int(state >> 33) % bytes.count, UInt8(truncatingIfNeeded: state >> 56))
                var damaged = bytes
                if round % 4 == 0 { damaged.removeSubrange(place...) } else { damaged[place] = value }
                Replayed.$file.withValue("\(file.lastPathComponent), round \(round)") {
                    damaged.withUnsafeBufferPointer(input.check)
                }
            }
        }
    }
}

/// Which input is looked at.
enum Replayed {
    @TaskLocal static var file = ""
}
