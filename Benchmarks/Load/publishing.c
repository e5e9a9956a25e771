/* Acknowledged publishing: senders in rooms of their own, each with a number of messages in flight, and nobody else listening. */
#include "load.h"

enum { RING = 1024 };

struct sender {
    uint64_t sent, acked, at[RING];
};

static uint64_t acked;
static bool counts, goes_on;

static int room_of(int number) { return number; }

static void publish(struct connection *connection, int count) {
    static char bytes[RING * 512];
    struct sender *sender = connection->own;
    size_t length = 0;
    uint64_t at = read_clock();
    for (int i = 0; i < count; i++) {
        sender->at[sender->sent % RING] = at;
        length += write_message(bytes + length, connection->room, sender->sent++, at);
    }
    send_bytes(connection, bytes, length);
}

static bool is_answer(const struct connection *connection, const char *line, size_t length) {
    if (connection->sees_own) { uint64_t number, at; return read_message(line, length, &number, &at); }
    return length >= 6 && !memcmp(line, "OK MSG", 6);
}

static void take(struct connection *connection, const char *line, size_t length) {
    if (!is_answer(connection, line, length)) {
        if (length >= 4 && !memcmp(line, "FAIL", 4)) fail("%.*s", (int)length, line);
        return;
    }
    struct sender *sender = connection->own;
    uint64_t at = sender->at[sender->acked++ % RING];
    if (!counts) return;
    acked++;
    note_latency(now_ns > at ? now_ns - at : 0);
}

static void refill(struct connection **all) {
    for (int i = 0; goes_on && i < options.senders; i++) {
        struct sender *sender = all[i]->own;
        int open = (int)(sender->sent - sender->acked);
        if (open < options.window) publish(all[i], options.window - open);
    }
}

static void keep_publishing(struct connection **all, double seconds) {
    uint64_t end = read_clock() + (uint64_t)(seconds * 1e9);
    while (read_clock() < end) { refill(all); turn(100000000); }
}

void run_publishing(void) {
    if (options.window < 1 || options.window > RING) fail("pub needs --window of 1 to %d", RING);
    struct connection **all = open_all(options.senders, room_of);
    settle(0.2);
    if (options.dialect == IRC && !all[0]->sees_own) { fputs("this server has no echo-message\n", stderr); exit(3); }
    for (int i = 0; i < options.senders; i++) all[i]->own = calloc(1, sizeof(struct sender));
    on_line = take;
    goes_on = true;
    keep_publishing(all, options.warmup);
    counts = true;
    begin_measuring();
    keep_publishing(all, options.seconds);
    end_measuring();
    print_result((double)acked, "\"acked\": %llu, \"per_second\": %.1f", (unsigned long long)acked, (double)acked / measured_seconds());
}
