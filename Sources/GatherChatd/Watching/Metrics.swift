import Commands
import LineProtocol
import Persistence

/// Everything that `/metrics` tells. No label holds a name, an address or anything else that people typed.
struct Metrics: Sendable {
    let hub: Hub
    let store: any Store
    let mails: MailMeasures
    let certificate: CertificateBox
    let clock: any WallClock

    /// What a scrape gets. A part that cannot be had right now (the store is away) is left out, the rest is there.
    func text() async -> String {
        var text = MetricsText()
        text.information("gather_build_info", "The version that runs.", label: "version", Version.current)
        text.gauge("gather_connections", "Open connections.", hub.population.connections)
        if let census = try? await hub.census() { write(census, to: &text) }
        write(store.measures, to: &text)
        text.gauge("gather_store_waiting", "Operations that wait to be written.", store.queueDepth)
        text.gauge("gather_wal_bytes", "Bytes of the write-ahead log of the embedded database.", store.logBytes)
        await writeMails(to: &text)
        text.gauge(
            "gather_certificate_expiry_days", "Days until the certificate expires.",
            certificate.current.daysLeft(at: clock.now()))
        write(ProcessCensus.take(), to: &text)
        return text.text
    }

    private func write(_ census: LoopCensus, to text: inout MetricsText) {
        text.gauge("gather_sessions", "Connections that are logged in.", census.sessions)
        text.gauge("gather_rooms_listened", "Rooms in which anybody here listens.", census.rooms.count)
        text.gauge("gather_unsent_bytes", "Bytes of lines that wait for their readers.", census.unsentBytes)
        text.counter(
            "gather_deliveries_total", "Messages handed to listeners, once for each.", census.counts.deliveries)
        text.counter(
            "gather_slow_readers_closed_total", "Connections closed as they read too slowly.",
            census.counts.slowReadersClosed)
        text.counter(
            "gather_failures_total", "FAIL lines by their code.", label: "code",
            FailCode.allCases.map { ($0.rawValue, census.counts.failures[$0] ?? 0) })
    }

    private func write(_ measures: StoreMeasures, to text: inout MetricsText) {
        text.counter("gather_messages_total", "Messages stored by this daemon.", measures.messages)
        text.histogram(
            "gather_commit_seconds", "Time of a transaction until it is on disk.", measures.commitSeconds.reading)
        text.histogram("gather_commit_operations", "Operations that shared a transaction.", measures.batchSize.reading)
        text.counter("gather_store_failures_total", "Transactions that could not be stored.", measures.failures)
        text.histogram(
            "gather_follow_seconds", "Age of messages of other daemons when they are told here (NOTIFY lag).",
            measures.followSeconds.reading)
    }

    private func writeMails(to text: inout MetricsText) async {
        let queue = try? await store.read { (length: try $0.mailQueueLength(), oldest: try $0.oldestMail()) }
        text.gauge("gather_mail_queue", "Mails that wait.", queue?.length)
        text.gauge(
            "gather_mail_oldest_seconds", "Age of the oldest mail that waits.",
            queue.map { $0.oldest.map { max(0, Double(clock.now().milliseconds - $0.milliseconds) / 1_000) } ?? 0 })
        text.counter("gather_mails_sent_total", "Mails taken over by the mail server.", mails.sent)
        text.counter("gather_mails_retried_total", "Tries that failed and are made again.", mails.retried)
        text.counter("gather_mails_failed_total", "Mails given up.", mails.failed)
    }

    private func write(_ process: ProcessCensus, to text: inout MetricsText) {
        text.gauge("process_open_fds", "Open descriptors.", process.descriptors)
        text.gauge("process_max_fds", "Descriptors that there may be.", process.mostDescriptors)
        text.gauge("process_resident_memory_bytes", "Memory in use.", process.residentBytes)
        text.counter("process_cpu_seconds_total", "Processor time.", process.processorSeconds)
    }
}
