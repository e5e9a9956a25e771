public import Persistence

/// A mail as it goes over the wire (RFC 5322): plain ASCII text with the headers of an automatic message.
public struct MailMessage: Sendable {
    /// Why a mail cannot be written. It names the header or line, never what stands there.
    public enum Failure: Error, Equatable {
        /// A control byte, a line break among them, in a header's value: it could begin another header.
        case controlByte(header: String)
        case notASCII(header: String)
        case headerTooLong(header: String)
        /// Anything but printable ASCII, space, TAB and LF in the body, or a line over 998 bytes; lines count from 1.
        case unprintableBody(line: Int)
        case bodyLineTooLong(line: Int)
    }

    /// Bytes of a line without its ending (RFC 5322, section 2.1.1).
    private static let mostLineBytes = 998
    /// Where long headers are folded.
    private static let foldAt = 77

    private let from: EmailAddress
    private let to: EmailAddress
    private let subject: String
    private let body: String
    private let date: Timestamp
    private let identifier: String

    /// - Parameters:
    ///   - body: Lines ended by LF.
    ///   - date: When it was written: the same for each try to send it.
    ///   - identifier: Left of the `@` in the Message-ID, the same for each try, so that a mail that came twice is
    ///     seen as one: letters, digits, dots and dashes. The right side is the domain of `from`.
    public init(
        from: EmailAddress, to: EmailAddress, subject: String, body: String, date: Timestamp, identifier: String
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.body = body
        self.date = date
        self.identifier = identifier
    }

    /// The whole message, lines ended by CRLF. Lines that begin with a dot are the transport's to double.
    public func rendered() throws(Failure) -> [UInt8] {
        var text = ""
        for (name, value) in headers { text += try Self.header(name, value) }
        text += "\r\n"
        text += try renderedBody()
        return Array(text.utf8)
    }

    private var headers: [(name: String, value: String)] {
        [
            ("From", "QuickGather <\(from.shown)>"),
            ("To", "<\(to.shown)>"),
            ("Subject", subject),
            ("Date", MailDate.text(date)),
            ("Message-ID", "<\(identifier)@\(from.domain)>"),
            // No vacation notice shall answer it (RFC 3834, section 5).
            ("Auto-Submitted", "auto-generated"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=us-ascii"),
            ("Content-Transfer-Encoding", "7bit"),
        ]
    }

    /// One header, folded at spaces where it would be longer than a line should be.
    private static func header(_ name: String, _ value: String) throws(Failure) -> String {
        for byte in value.utf8 {
            if byte >= 0x80 { throw .notASCII(header: name) }
            if byte < 0x20 || byte == 0x7F { throw .controlByte(header: name) }
        }
        var folded = "\(name):"
        var column = folded.utf8.count
        for word in value.split(separator: " ", omittingEmptySubsequences: false) {
            let isFirst = column == name.utf8.count + 1
            // A line of spaces only would be no folding (RFC 5322, section 3.2.2): empty words stay where they are.
            if !isFirst, !word.isEmpty, column + 1 + word.utf8.count > foldAt {
                folded += "\r\n"
                column = 0
            }
            folded += " \(word)"
            column += 1 + word.utf8.count
            guard column <= mostLineBytes else { throw .headerTooLong(header: name) }
        }
        return folded + "\r\n"
    }

    private func renderedBody() throws(Failure) -> String {
        var lines = body.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        var text = ""
        for (index, line) in lines.enumerated() {
            let isPrintable = line.utf8.allSatisfy { (0x20..<0x7F).contains($0) || $0 == UInt8(ascii: "\t") }
            guard isPrintable else { throw .unprintableBody(line: index + 1) }
            guard line.utf8.count <= Self.mostLineBytes else { throw .bodyLineTooLong(line: index + 1) }
            text += line
            text += "\r\n"
        }
        return text
    }
}

/// `Tue, 01 Dec 2026 17:02:14 +0000`, the date of a mail (RFC 5322, section 3.3).
private enum MailDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    /// 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z; beyond it no date has four digits.
    private static let range: ClosedRange<Int64> = 0...253_402_300_799

    static func text(_ date: Timestamp) -> String {
        let seconds = min(max(date.milliseconds / 1_000, range.lowerBound), range.upperBound)
        let days = Int(seconds / 86_400)
        let second = Int(seconds % 86_400)
        let (year, month, day) = civil(days)
        let time = [second / 3_600, second / 60 % 60, second % 60].map(twoDigits).joined(separator: ":")
        return "\(Self.days[days % 7]), \(twoDigits(day)) \(months[month - 1]) \(year) \(time) +0000"
    }

    /// Days since 1970 as a date of the Gregorian calendar: Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms", civil_from_days, for days that are not negative.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
