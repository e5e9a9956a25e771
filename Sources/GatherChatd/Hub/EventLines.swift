import LineProtocol
import NIOCore
import Persistence

/// One event in the forms that its audience needs, each made at most once.
final class EventLines {
    private let event: Event
    private let time: Timestamp
    private var plain: ByteBuffer?
    private var tagged: ByteBuffer?

    init(_ event: Event, time: Timestamp) {
        self.event = event
        self.time = time
    }

    func bytes(tags: Bool) -> ByteBuffer {
        if let made = tags ? tagged : plain { return made }
        var made = ByteBuffer()
        LineEncoder.write(event: event, time: tags ? time.milliseconds : nil, messageID: nil, into: &made)
        if tags { tagged = made } else { plain = made }
        return made
    }
}
