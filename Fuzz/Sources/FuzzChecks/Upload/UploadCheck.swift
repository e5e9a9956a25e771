import Foundation
import LineProtocol
import NIOCore

@testable import Commands

/// Runs an input through what takes pictures, and ends the process where a promise is broken.
///
/// The first byte says which: lines of a client that sends one, against a model; or any bytes as a picture, whose end is
/// looked for.
package func checkUpload(_ input: UnsafeBufferPointer<UInt8>) {
    var reader = InputReader(input)
    if reader.flag() {
        let mostBytes = 1 + Int(reader.byte())
        let lines = reader.remaining().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var session = UploadSession(mostBytes: mostBytes)
        for line in lines.prefix(200) { session.take(ByteBuffer(bytes: line)) }
    } else {
        checkPictureEnd(reader.remaining())
    }
}

/// Lines as a connection takes them, done twice: by what the server does it with, and by a model of section 11.
private struct UploadSession {
    private var upload: AvatarUpload
    private var model: UploadModel

    init(mostBytes: Int) {
        upload = AvatarUpload(mostBytes: mostBytes)
        model = UploadModel(mostBytes: mostBytes)
    }

    mutating func take(_ line: ByteBuffer) {
        guard case .request(let request) = Request.parse(line) else { return }
        var reader = ParameterReader(request.parameters)
        do throws(Failure) {
            let command = try Registry.standard.find(request.verb, &reader)
            let arguments = try command.declaration.read(reader, currentRoom: nil)
            switch command.declaration.name {
            case "AVATAR PUT": try put(try arguments.required("bytes"))
            case "AVATAR DATA": try data(try arguments.required("base64"))
            case "AVATAR END": end(arguments["sha256"])
            default: break
            }
        } catch {
            require(!error.words.isEmpty, "A failure without words.")
        }
        require(upload.isOpen == model.isOpen, "An upload is open that is not, or the other way round.")
    }

    private mutating func put(_ word: String) throws(Failure) {
        guard let bytes = WireNumber.parse(word) else {
            upload.cancel()
            model.isOpen = false
            require(!(Int64(word).map { String($0) == word && $0 >= 0 } ?? false), "A number was refused: \(word)")
            return
        }
        require(String(bytes) == word, "A number read wrongly.")
        let expected = model.put(bytes)
        compare(expected, AvatarResult { () throws(AvatarFailure) in try upload.put(bytes: Int(clamping: bytes)) })
    }

    private mutating func data(_ word: String) throws(Failure) {
        let expected = model.data(word)
        compare(expected, AvatarResult { () throws(AvatarFailure) in try upload.data(word) })
    }

    private mutating func end(_ digest: String?) {
        let expected = model.end(digest)
        compare(expected, AvatarResult { () throws(AvatarFailure) in try upload.end(sha256: digest) })
    }

    private func compare<Value: Equatable>(_ expected: AvatarResult<Value>, _ found: AvatarResult<Value>) {
        require(expected == found, "\(found) came for \(expected).")
    }

    private func compare(_ expected: AvatarResult<Nothing>, _ found: AvatarResult<Void>) {
        require(expected.failure == found.failure, "\(String(describing: found.failure)) came for \(expected).")
    }
}

/// As `Void`, but equal to itself.
struct Nothing: Equatable {}

/// What a step came to.
struct AvatarResult<Value> {
    let value: Value?
    let failure: AvatarFailure?

    init(_ value: Value) { (self.value, failure) = (value, nil) }
    init(failure: AvatarFailure) { (value, self.failure) = (nil, failure) }

    init(_ step: () throws(AvatarFailure) -> Value) {
        do throws(AvatarFailure) { self.init(try step()) } catch { self.init(failure: error) }
    }
}

extension AvatarResult: Equatable where Value: Equatable {}
