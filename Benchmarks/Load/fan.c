/* Fan-out: one sender a room, and listeners who each count what they hear. */
#include "load.h"

enum { RING = 4096 }; /* more than a window or a burst can be */

struct room {
    struct connection *sender;
    uint64_t sent, done;
    int heard[RING]; /* of how many listeners, by number */
};

static struct room *rooms;
static uint64_t delivered, acked, order_errors;
static bool counts;

static int room_of(int number) { return number % options.rooms; }

static bool is_sender(const struct connection *connection) { return connection->number < options.rooms; }

static void take(struct connection *connection, const char *line, size_t length) {
    uint64_t number, at;
    if (is_sender(connection)) {
        if (length >= 4 && !memcmp(line, "FAIL", 4)) fail("%.*s", (int)length, line);
        if (length >= 6 && !memcmp(line, "OK MSG", 6)) acked++;
        return;
    }
    if (!read_message(line, length, &number, &at)) {
        if (length >= 5 && !memcmp(line, "ERROR", 5)) fail("%.*s", (int)length, line);
        return;
    }
    struct room *room = &rooms[connection->room];
    if (number != connection->next) order_errors++;
    connection->next = number + 1;
    connection->received++;
    if (counts) {
        delivered++;
        note_latency(now_ns > at ? now_ns - at : 0);
    }
    int *heard = &room->heard[number % RING];
    if (++*heard == options.listeners) {
        *heard = 0;
        room->done++;
    }
}

static void publish(int index, int count) {
    static char bytes[RING * 512];
    struct room *room = &rooms[index];
    size_t length = 0;
    uint64_t at = read_clock();
    for (int i = 0; i < count; i++) length += write_message(bytes + length, index, room->sent++, at);
    send_bytes(room->sender, bytes, length);
}

/* Fills the window of each room, or begins its next burst. */
static void refill(void) {
    for (int i = 0; i < options.rooms; i++) {
        uint64_t open = rooms[i].sent - rooms[i].done;
        if (options.burst) { if (!open) publish(i, options.burst); }
        else if (open < (uint64_t)options.window) publish(i, (int)((uint64_t)options.window - open));
    }
}

static void keep_sending(double seconds) {
    uint64_t begin = read_clock(), end = begin + (uint64_t)(seconds * 1e9), step = 0, published = 0;
    if (options.rate > 0) step = (uint64_t)(1e9 / options.rate);
    static int next_room;
    for (uint64_t now = begin; now < end; now = read_clock()) {
        if (!step) { refill(); turn(100000000); continue; }
        while (begin + published * step <= now) {
            publish(next_room, 1);
            next_room = (next_room + 1) % options.rooms;
            published++;
        }
        now = read_clock();
        uint64_t due = begin + published * step;
        turn(due > now ? (int64_t)(due - now) : 0);
    }
}

static void drain(void) {
    uint64_t limit = read_clock() + 10000000000ull;
    for (int i = 0; i < options.rooms; i++)
        while (rooms[i].done < rooms[i].sent && read_clock() < limit) turn(10000000);
}

void run_fan(void) {
    if (options.rate <= 0 && !options.burst && !options.window) fail("fan needs --rate, --burst or --window");
    if (options.burst > RING / 2 || options.window > RING / 2) fail("at most %d in flight", RING / 2);
    int count = options.rooms * (options.listeners + 1);
    rooms = calloc((size_t)options.rooms, sizeof *rooms);
    struct connection **all = open_all(count, room_of);
    settle(0.5);
    on_line = take;
    for (int i = 0; i < options.rooms; i++) rooms[i].sender = all[i];
    keep_sending(options.warmup);
    drain();
    counts = true;
    uint64_t sent_before = 0, sent = 0, missing = 0;
    for (int i = 0; i < options.rooms; i++) sent_before += rooms[i].sent;
    begin_measuring();
    keep_sending(options.seconds);
    drain();
    end_measuring();
    for (int i = 0; i < options.rooms; i++) sent += rooms[i].sent;
    for (int i = options.rooms; i < count; i++) missing += rooms[all[i]->room].sent - all[i]->received;
    print_result((double)delivered, "\"sent\": %llu, \"acked\": %llu, \"delivered\": %llu, \"per_second\": %.1f, \"lost\": %lld, \"order_errors\": %llu",
                 (unsigned long long)(sent - sent_before), (unsigned long long)acked, (unsigned long long)delivered, (double)delivered / measured_seconds(),
                 (long long)missing, (unsigned long long)order_errors);
}
