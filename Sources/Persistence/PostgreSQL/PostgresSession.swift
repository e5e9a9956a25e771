/// How a session differs from others of this daemon.
struct PostgresSession: Sendable {
    /// How long a transaction waits for a row that another one has locked.
    var lockTime = Duration.seconds(5)
    /// Statements are planned once, for whatever values, and never read a table from end to end where there is an index.
    ///
    /// For the few that run all the time and find all rows by their keys. By itself PostgreSQL plans one that takes arrays anew
    /// each time, as it supposes ten elements where it does not look: a third of what a single message costs there.
    var plansOnce = false
}

extension PostgresSession {
    /// What must hold of every session (reliability.md, rule 4). The server's side of the connection looks after it as well: a
    /// daemon that was cut off in the middle of a transaction must not keep its locks. `synchronous_commit` stays as the operator wants it, but
    /// for `off`: then an acknowledged message might not be on disk. `gather.notes_speakers` is for the schema's own trigger.
    var settings: PostgresStatement {
        PostgresStatement(
            """
            SELECT set_config('statement_timeout', '10s', false), set_config('lock_timeout', $1, false),
                   set_config('idle_in_transaction_session_timeout', '5s', false),
                   set_config('tcp_keepalives_idle', '5', false), set_config('tcp_keepalives_interval', '2', false),
                   set_config('tcp_keepalives_count', '2', false), set_config('tcp_user_timeout', '5s', false),
                   set_config('gather.notes_speakers', 'yes', false),
                   CASE WHEN $2 = 'yes' THEN set_config('plan_cache_mode', 'force_generic_plan', false) END,
                   CASE WHEN $2 = 'yes' THEN set_config('enable_seqscan', 'off', false) END,
                   CASE WHEN current_setting('synchronous_commit') = 'off'
                        THEN set_config('synchronous_commit', 'on', false) END
            """,
            [.value(.text("\(lockTime.components.seconds)s")), .value(.text(plansOnce ? "yes" : "no"))])
    }
}
