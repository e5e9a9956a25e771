/// The tables, one step a released version. Steps are never changed once released, only added to.
enum SQLiteSchema {
    static let steps: [[String]] = [version1, version2, version3]

    /// Who spoke in which thousand messages, in place of an index that had an entry for each message.
    ///
    /// Without the index, the foreign key of the author would read all messages whenever an account is erased. SQLite takes
    /// none away from a table that is there, so that is made anew; whoever erases an account clears its messages first.
    private static let version3 = [
        """
        CREATE TABLE spoke (
            account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
            room INTEGER NOT NULL REFERENCES room (id) ON DELETE CASCADE, block INTEGER NOT NULL,
            PRIMARY KEY (account, room, block)) STRICT, WITHOUT ROWID
        """,
        """
        INSERT INTO spoke (account, room, block)
        SELECT DISTINCT author, room, id / 1024 FROM message WHERE author IS NOT NULL
        """,
        "CREATE INDEX spoke_room ON spoke (room, block)",
        """
        CREATE TABLE new_message (
            room INTEGER NOT NULL REFERENCES room (id) ON DELETE CASCADE, id INTEGER NOT NULL,
            time INTEGER NOT NULL, author INTEGER, text TEXT NOT NULL, PRIMARY KEY (room, id)) STRICT, WITHOUT ROWID
        """,
        """
        INSERT INTO new_message (room, id, time, author, text)
        SELECT room, id, time, author, text FROM message ORDER BY room, id
        """,
        "DROP TABLE message",
        "ALTER TABLE new_message RENAME TO message",
    ]

    /// What the mail server said, where it will not take a mail.
    private static let version2 = ["ALTER TABLE mail ADD COLUMN failed TEXT"]

    private static let version1 = [
        """
        CREATE TABLE setting (name TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL) STRICT
        """,
        """
        CREATE TABLE account (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE,
            email TEXT NOT NULL, email_folded TEXT NOT NULL UNIQUE, password TEXT NOT NULL,
            zone TEXT NOT NULL DEFAULT 'UTC', display_name TEXT, created INTEGER NOT NULL,
            avatar_digest TEXT NOT NULL, avatar_bytes INTEGER NOT NULL) STRICT
        """,
        "CREATE INDEX account_avatar ON account (avatar_digest)",
        """
        CREATE TABLE mail_token (
            hash BLOB PRIMARY KEY NOT NULL, purpose TEXT NOT NULL,
            account INTEGER REFERENCES account (id) ON DELETE CASCADE, username TEXT NOT NULL,
            email TEXT NOT NULL, password TEXT, expires INTEGER NOT NULL, used_at INTEGER) STRICT
        """,
        "CREATE INDEX mail_token_expires ON mail_token (expires)",
        "CREATE INDEX mail_token_account ON mail_token (account)",
        """
        CREATE TABLE token_family (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE, name TEXT NOT NULL,
            folded TEXT NOT NULL, created INTEGER NOT NULL, last_used INTEGER,
            used_pair INTEGER NOT NULL DEFAULT 0, refresh_expires INTEGER NOT NULL,
            UNIQUE (account, folded)) STRICT
        """,
        """
        CREATE TABLE token (
            hash BLOB PRIMARY KEY NOT NULL,
            family INTEGER NOT NULL REFERENCES token_family (id) ON DELETE CASCADE,
            is_refresh INTEGER NOT NULL, pair INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT
        """,
        "CREATE INDEX token_family_pair ON token (family, pair)",
        "CREATE INDEX token_expires ON token (expires)",
        """
        CREATE TABLE room (
            id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE,
            is_open INTEGER NOT NULL DEFAULT 0, topic TEXT, created INTEGER NOT NULL,
            first_id INTEGER NOT NULL DEFAULT 0, last_id INTEGER NOT NULL DEFAULT 0,
            last_time INTEGER NOT NULL DEFAULT 0) STRICT
        """,
        """
        CREATE TABLE member (
            room INTEGER NOT NULL REFERENCES room (id) ON DELETE CASCADE,
            account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
            role INTEGER NOT NULL, sequence INTEGER NOT NULL, joined INTEGER NOT NULL, last_seen INTEGER,
            mood TEXT, budget_low INTEGER, budget_high INTEGER, budget_currency TEXT, distance INTEGER,
            said_none INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (room, account)) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX member_account ON member (account)",
        """
        CREATE TABLE invitation (
            room INTEGER NOT NULL REFERENCES room (id) ON DELETE CASCADE,
            account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
            inviter INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE, expires INTEGER NOT NULL,
            PRIMARY KEY (room, account)) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX invitation_account ON invitation (account)",
        "CREATE INDEX invitation_inviter ON invitation (inviter)",
        """
        CREATE TABLE invitation_log (
            account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE, time INTEGER NOT NULL) STRICT
        """,
        "CREATE INDEX invitation_log_account ON invitation_log (account, time)",
        """
        CREATE TABLE barred (
            room INTEGER NOT NULL REFERENCES room (id) ON DELETE CASCADE,
            account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
            PRIMARY KEY (room, account)) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX barred_account ON barred (account)",
        """
        CREATE TABLE invite_code (
            code TEXT PRIMARY KEY NOT NULL, room INTEGER NOT NULL REFERENCES room (id) ON DELETE CASCADE,
            inviter INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE, expires INTEGER NOT NULL) STRICT
        """,
        "CREATE INDEX invite_code_room ON invite_code (room)",
        "CREATE INDEX invite_code_inviter ON invite_code (inviter)",
        """
        CREATE TABLE message (
            room INTEGER NOT NULL REFERENCES room (id) ON DELETE CASCADE, id INTEGER NOT NULL,
            time INTEGER NOT NULL, author INTEGER REFERENCES account (id) ON DELETE SET NULL,
            text TEXT NOT NULL, PRIMARY KEY (room, id)) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX message_author ON message (author, room, id)",
        """
        CREATE TABLE once (
            room INTEGER NOT NULL, account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
            key TEXT NOT NULL, id INTEGER NOT NULL, time INTEGER NOT NULL,
            PRIMARY KEY (room, account, key)) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX once_account ON once (account)",
        """
        CREATE TABLE availability (
            room INTEGER NOT NULL, account INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
            PRIMARY KEY (room, account, start),
            FOREIGN KEY (room, account) REFERENCES member (room, account) ON DELETE CASCADE) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX availability_stop ON availability (stop)",
        """
        CREATE TABLE mail (
            id INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT NOT NULL, subject TEXT NOT NULL,
            body TEXT NOT NULL, created INTEGER NOT NULL, next_try INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
            expires INTEGER NOT NULL) STRICT
        """,
        "CREATE INDEX mail_next_try ON mail (next_try)",
    ]
}
