public import NIOCore

/// A line of a connection where lines are messages (`SET CHAT ON`).
///
/// ```
/// me! :)            is the message `me! :)`
/// @bob :) /here     is the message `@bob :) /here`, as typed
/// //shrug           is the message `/shrug`
/// /when min=1h      is a command
/// ```
public enum ChatLine: Sendable, Equatable {
    /// Nothing but blanks: no answer.
    case empty
    /// As typed, a leading `@` or `:` and spaces at both ends included; of `//x` it is `/x`. TABs read as
    /// spaces.
    case message(String)
    /// Begins with one slash: a command, for `Request.parse`.
    case command
    /// INVALID_UTF8 or INVALID_CHARACTER: `FAIL * …`. It has no label, as a leading `@` is text here.
    case refused(Failure)

    /// Reads a line without its ending. O(bytes).
    public init(_ line: ByteBuffer) {
        let hasTabs: Bool
        do { hasTabs = try LineCheck.check(line) } catch {
            self = .refused(error)
            return
        }
        var text = hasTabs ? Request.tabsAsSpaces(line) : line
        guard text.readableBytesView.contains(where: { $0 != 0x20 }) else {
            self = .empty
            return
        }
        if text.getInteger(at: text.readerIndex) == UInt8(ascii: "/") {
            text.moveReaderIndex(forwardBy: 1)
            guard text.getInteger(at: text.readerIndex) == UInt8(ascii: "/") else {
                self = .command
                return
            }
        }
        self = .message(String(buffer: text))
    }
}
