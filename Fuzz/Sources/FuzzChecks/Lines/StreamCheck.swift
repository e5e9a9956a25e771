import LineProtocol
import NIOCore

/// Runs any bytes through all that reads a client's lines, and ends the process where a promise is broken.
///
/// The first byte says in pieces of how many bytes the rest arrives.
package func checkStream(_ input: UnsafeBufferPointer<UInt8>) {
    guard let first = input.first else { return }
    let stream = Array(input.dropFirst())
    let whole = frames(stream, piece: max(stream.count, 1))
    require(whole == frames(stream, piece: Int(first) + 1), "The cuts between reads made a difference.")
    require(whole == frames(stream, piece: 8_192), "The cuts between long reads made a difference.")
    if stream.count <= LineLimits.unended {
        require(whole.count == stream.count { $0 == UInt8(ascii: "\n") }, "Not one frame a line.")
    }
    for case .line(let line) in whole { checkLine(withoutSlack(line)) }
    checkLabels(whole, of: stream)
}

/// The same bytes at the very end of their memory, so that reading past them is seen.
private func withoutSlack(_ line: ByteBuffer) -> ByteBuffer {
    var tight = ByteBuffer()
    tight.reserveCapacity(max(line.readableBytes, 1))
    let slack = tight.capacity - line.readableBytes
    tight.writeRepeatingByte(UInt8(ascii: "x"), count: slack)
    tight.moveReaderIndex(forwardBy: slack)
    tight.writeImmutableBuffer(line)
    return tight
}

/// The label of a line that is too long stands in it, whole.
private func checkLabels(_ frames: [LineFramer.Frame], of stream: [UInt8]) {
    let lines = stream.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (frame, line) in zip(frames, lines) {
        guard case .tooLong(let label?) = frame else { continue }
        let tags = line.drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 != 0x20 && $0 != 0x09 }
        let isThere = tags.dropFirst().split(separator: UInt8(ascii: ";")).contains {
            $0.elementsEqual("label=\(label)".utf8)
        }
        require(isThere, "A label that is not in the line.")
    }
}

private func frames(_ stream: [UInt8], piece: Int) -> [LineFramer.Frame] {
    var framer = LineFramer()
    var frames: [LineFramer.Frame] = []
    var start = 0
    while start < stream.count {
        let end = min(stream.count, start + piece)
        var bytes = ByteBuffer(bytes: stream[start..<end])
        framer.append(&bytes)
        while let frame = framer.next() { frames.append(frame) }
        require(framer.heldBytes < LineLimits.line, "More than a line is held.")
        start = end
    }
    return frames
}

private func checkLine(_ line: ByteBuffer) {
    require(line.readableBytes < LineLimits.line, "A line is too long.")
    let text = String(validating: line.readableBytesView, as: UTF8.self)
    switch Request.parse(line) {
    case .empty:
        require(text != nil, "What is not UTF-8 was ignored.")
    case .refused(let label, let failure):
        check(tagValue: label)
        require((failure.code == .invalidUTF8) == (text == nil), "UTF-8 was judged wrongly.")
        checkAnswer(.fail(verb: "*", failure), label: label)
    case .request(let request):
        require(text != nil, "What is not UTF-8 was taken.")
        checkRequest(request)
    }
    switch ChatLine(line) {
    case .refused(let failure):
        require((failure.code == .invalidUTF8) == (text == nil), "UTF-8 was judged wrongly.")
    case .message(let message):
        require(text != nil && !message.isEmpty, "An empty message.")
    case .empty, .command:
        require(text != nil, "What is not UTF-8 was taken.")
    }
}

private func checkRequest(_ request: Request) {
    check(tagValue: request.label)
    check(tagValue: request.once)
    require((1...LineLimits.verb).contains(request.verb.utf8.count), "A verb of a wrong length.")
    require(request.verb == request.verb.uppercased(), "A verb in small letters.")

    var reader = ParameterReader(request.parameters)
    var words: [String] = []
    while !reader.isAtEnd {
        let ahead = reader.peekWord()
        let word = reader.nextWord()
        require(ahead == word, "A word changed while it was taken.")
        if let word {
            require(!word.isEmpty && !word.utf8.contains(UInt8(ascii: " ")), "A word with a space.")
            words.append(word)
        }
    }
    require(reader.nextWord() == nil && reader.text() == nil, "Something came after the end.")

    var textReader = ParameterReader(request.parameters)
    let text = textReader.text()
    require(textReader.isAtEnd, "Something was left behind the text.")
    for word in words { checkWord(word) }
    checkAnswer(.ok(verb: request.verb, fields: words, text: text), label: request.label)
    checkAnswer(
        .fail(verb: request.verb, Failure(.invalidParameters, fields: words, words: text ?? "")),
        label: request.label)
}

private func checkWord(_ word: String) {
    require(FieldEscape.unescape(FieldEscape.escape(word)) == word, "An escape lost something.")
    _ = FieldEscape.unescape(word)
    if let room = RoomName(word) {
        require(RoomName(room.folded) == room && RoomName(room.description) == room, "A name changed.")
    }
    if let username = Username(word) {
        require(Username(username.folded) == username, "A name changed.")
    }
}

/// Whatever a client sent: the answer is one line, of at most the bytes that a line has.
private func checkAnswer(_ final: Final, label: String?) {
    var answer = ByteBuffer()
    LineEncoder.write(final: final, label: label, into: &answer)
    require(answer.readableBytes <= LineLimits.line, "An answer is too long.")
    var framer = LineFramer()
    framer.append(&answer)
    let first = framer.next()
    require(framer.next() == nil && framer.heldBytes == 0, "An answer is more than one line.")
    guard case .line(let line) = first else { return require(false, "An answer is no line.") }
    if let label {
        let isLabelled = line.readableBytesView.starts(with: "@label=\(label) ".utf8)
        require(isLabelled, "An answer without its label.")
    }
}

private func check(tagValue: String?) {
    guard let tagValue else { return }
    require(
        (1...LineLimits.tagValue).contains(tagValue.utf8.count)
            && tagValue.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ";") },
        "A tag value of a wrong form.")
}
