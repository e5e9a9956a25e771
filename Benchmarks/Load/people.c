/* Scenarios of connections: idle ones, connecting, joining, replay. */
#include "load.h"

static int none(int number) { (void)number; return -1; }

static int pss_process(void) { return options.pss_pid ? options.pss_pid : options.pid_count ? options.pids[0] : 0; }

void run_idle(void) {
    /* The first connections pay for what is allocated once. */
    open_all(64, none);
    settle(1);
    int pid = pss_process();
    if (!pid) fail("idle needs --pid or --psspid");
    long before = pss_kib(pid);
    int first = 64;
    begin_measuring();
    struct connection **all = open_all(options.connections, none);
    (void)all;
    end_measuring();
    double login_us = servers_cpu_us() / options.connections;
    settle(5);
    long after = pss_kib(pid);
    begin_measuring();
    settle(options.seconds);
    end_measuring();
    print_result(0, "\"connections\": %d, \"kib\": %.2f, \"login_cpu_us\": %.1f, \"idle_cpu_ms_s\": %.3f", options.connections + first,
                 (double)(after - before) / options.connections, login_us, servers_cpu_us() / 1e3 / measured_seconds());
}

/* ---- connecting ---- */

static int logins, open_now;
static struct connection *finished[4096];
static int finished_count;

static void note_login(struct connection *connection) {
    if (connection->state != READY || finished_count == 4096) return;
    note_latency(now_ns - connection->next);
    finished[finished_count++] = connection;
}

static void keep_connecting(double seconds) {
    static int number;
    uint64_t end = read_clock() + (uint64_t)(seconds * 1e9);
    while (read_clock() < end || open_now) {
        while (open_now < options.concurrency && read_clock() < end) {
            struct connection *connection = open_connection(number++);
            connection->next = read_clock();
            open_now++;
        }
        turn(100000000);
        for (int i = 0; i < finished_count; i++) {
            close_connection(finished[i]);
            free(finished[i]);
            open_now--;
            logins++;
        }
        finished_count = 0;
    }
}

void run_connecting(void) {
    on_state = note_login;
    keep_connecting(options.warmup);
    logins = 0;
    forget_latencies();
    begin_measuring();
    keep_connecting(options.seconds);
    end_measuring();
    print_result(logins, "\"connects\": %d, \"per_second\": %.1f", logins, logins / measured_seconds());
}

/* ---- replay: one after another, each reading all of the history ---- */

static uint64_t lines_heard;

static void count_line(struct connection *connection, const char *line, size_t length) {
    uint64_t number, at;
    if (read_message(line, length, &number, &at)) { connection->received++; lines_heard++; }
}

void run_replay(void) {
    int pid = pss_process();
    struct connection **all = open_all(options.joiners + 1, none);
    on_line = count_line;
    long before = 0;
    for (int i = 0; i <= options.joiners; i++) {
        if (i == 1) { /* the first one has warmed it up */
            settle(0.5);
            before = pid ? pss_kib(pid) : 0;
            lines_heard = 0;
            begin_measuring();
        }
        uint64_t begin = read_clock();
        join_room(all[i], 0);
        while (all[i]->state != LISTENING || all[i]->received < (uint64_t)options.lines) {
            turn(100000000);
            if (read_clock() - begin > 60000000000ull) fail("joiner %d got %llu of %d lines", i, (unsigned long long)all[i]->received, options.lines);
        }
        if (i) note_latency(read_clock() - begin);
    }
    end_measuring();
    settle(1);
    long after = pid ? pss_kib(pid) : 0;
    print_result((double)lines_heard, "\"delivered\": %llu, \"per_second\": %.1f, \"kib\": %.2f", (unsigned long long)lines_heard,
                 (double)lines_heard / measured_seconds(), (double)(after - before) / options.joiners);
}

/* ---- joining one room, all of them ---- */

static int joined;

static void note_join(struct connection *connection) { if (connection->state == LISTENING) joined++; }

void run_joins(void) {
    struct connection **all = open_all(options.connections, none);
    settle(0.5);
    on_state = note_join;
    int begun = 0;
    begin_measuring();
    while (joined < options.connections) {
        while (begun < options.connections && begun - joined < 32) join_room(all[begun++], 0);
        turn(100000000);
    }
    double seconds = (double)read_clock() / 1e9;
    settle(1);
    seconds = (double)read_clock() / 1e9 - seconds;
    end_measuring();
    print_result(options.connections, "\"connections\": %d, \"per_second\": %.1f", options.connections, options.connections / (measured_seconds() - seconds));
}
