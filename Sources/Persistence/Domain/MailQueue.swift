extension ReadTransaction {
    /// Mails whose time has come, oldest first.
    public func dueMails(limit: Int) throws -> [QueuedMail] {
        try session.rows(
            """
            SELECT id, recipient, subject, body, created, tries FROM mail
            WHERE next_try <= ?1 AND expires > ?1 AND failed IS NULL ORDER BY next_try, id LIMIT ?2\(rowLock.isEmpty ? "" : "\(rowLock) SKIP LOCKED")
            """, [.integer(now.milliseconds), .integer(Int64(limit))]
        ).map { row in
            QueuedMail(
                id: try row.integer(0), to: try row.text(1), subject: try row.text(2), body: try row.text(3),
                created: try row.time(4), tries: Int(clamping: try row.integer(5)))
        }
    }

    /// How many mails wait to be sent: not those that were refused.
    public func mailQueueLength() throws -> Int {
        Int(
            clamping: try session.number(
                "SELECT count(*) FROM mail WHERE expires > ?1 AND failed IS NULL", [.integer(now.milliseconds)]))
    }

    /// When the mail that has waited the longest was queued; `nil` where none waits.
    public func oldestMail() throws -> Timestamp? {
        let row = try session.row(
            "SELECT min(created) FROM mail WHERE expires > ?1 AND failed IS NULL", [.integer(now.milliseconds)])
        return row?.optionalTime(0)
    }

    /// What became of the mails to somebody that were not sent yet, newest first.
    /// - Parameter recipient: In any case.
    public func unsentMails(to recipient: String) throws -> [UnsentMail] {
        try session.rows(
            "SELECT created, tries, failed FROM mail WHERE lower(recipient) = lower(?1) ORDER BY id DESC LIMIT 20",
            [.text(recipient)]
        ).map {
            UnsentMail(created: try $0.time(0), tries: Int(clamping: try $0.integer(1)), refused: $0.optionalText(2))
        }
    }
}

extension WriteTransaction {
    /// Takes mails whose time has come, oldest first, for somebody who will send them: until then nobody else gets them.
    public func claimMails(limit: Int, until time: Timestamp) throws -> [QueuedMail] {
        let mails = try dueMails(limit: limit)
        for mail in mails {
            try session.execute(
                "UPDATE mail SET next_try = ?2 WHERE id = ?1", [.integer(mail.id), .integer(time.milliseconds)])
        }
        return mails
    }

    /// Queues a mail; it leaves as soon as it can, and is given up when it expires.
    public func enqueueMail(to recipient: String, subject: String, body: String, expires: Timestamp) throws {
        try session.execute(
            """
            INSERT INTO mail (recipient, subject, body, created, next_try, expires)
            VALUES (?1, ?2, ?3, ?4, ?4, ?5)
            """,
            [
                .text(recipient), .text(subject), .text(body), .integer(now.milliseconds),
                .integer(expires.milliseconds),
            ])
    }

    public func mailSent(_ id: Int64) throws {
        try session.execute("DELETE FROM mail WHERE id = ?1", [.integer(id)])
    }

    /// A try that came to nothing.
    public func mailFailed(_ id: Int64, retryAt: Timestamp) throws {
        try session.execute(
            "UPDATE mail SET tries = tries + 1, next_try = ?2 WHERE id = ?1",
            [.integer(id), .integer(retryAt.milliseconds)])
    }

    /// It never will be sent; the row stays for the operator until it expires.
    /// - Parameter code: Why, in a word: `550`.
    public func mailRefused(_ id: Int64, code: String) throws {
        try session.execute(
            "UPDATE mail SET tries = tries + 1, failed = ?2 WHERE id = ?1", [.integer(id), .text(code)])
    }

    /// Whoever claimed it did not get to trying: it is due at once.
    public func mailGivenBack(_ id: Int64) throws {
        try session.execute(
            "UPDATE mail SET next_try = ?2 WHERE id = ?1", [.integer(id), .integer(now.milliseconds)])
    }

    /// Gives up mails whose token is dead.
    public func forgetMails() throws {
        try session.execute("DELETE FROM mail WHERE expires <= ?1", [.integer(now.milliseconds)])
    }
}

/// A mail that did not leave.
public struct UnsentMail: Sendable, Equatable {
    public let created: Timestamp
    public let tries: Int
    /// Why it never will: the reply code; `nil` where it is tried again.
    public let refused: String?
}
