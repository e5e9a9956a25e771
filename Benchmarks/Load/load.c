/* A load generator for chat servers: TLS 1.3, one thread, epoll. It speaks this server's protocol (gather), plain IRC (irc) and the little
 * protocol of the limit programs (limit). Each scenario prints one line of JSON; times are microseconds unless a name says otherwise.
 *
 * What a server spends is read from the processor clocks of its processes (--pid), so it counts all threads, user and system time.
 * Every message carries its number and the moment it was sent: a listener knows what is missing, what came twice, and how late it is.
 */
#include "load.h"

struct options options = {
    .host = "127.0.0.1", .prefix = "bench", .rooms = 1, .listeners = 200, .senders = 1, .seconds = 3, .warmup = 1,
    .bytes = 100, .connections = 1000, .joiners = 20, .lines = 10000, .concurrency = 16,
};

static void usage(void) {
    fail("load fan|pub|idle|connect|replay|joins --dialect gather|irc|limit --port P [--tokens FILE] [--pid PID,…] …; see README.md");
}

static void read_pids(char *list) {
    for (char *rest = list, *one; (one = strsep(&rest, ",")) != NULL;)
        if (*one && options.pid_count < MAX_PIDS) options.pids[options.pid_count++] = atoi(one);
}

static void read_tokens(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail("cannot read %s", path);
    char line[256];
    while (fgets(line, sizeof line, file) && options.token_count < MAX_TOKENS) {
        line[strcspn(line, "\r\n")] = 0;
        if (*line) options.tokens[options.token_count++] = strdup(line);
    }
    fclose(file);
}

static void read_dialect(const char *name) {
    if (!strcmp(name, "gather")) options.dialect = GATHER;
    else if (!strcmp(name, "irc")) options.dialect = IRC;
    else if (!strcmp(name, "limit")) options.dialect = LIMIT;
    else usage();
}

static void read_option(const char *name, char *value) {
    const struct { const char *name; int *target; } numbers[] = {
        {"--port", &options.port}, {"--rooms", &options.rooms}, {"--listeners", &options.listeners}, {"--senders", &options.senders},
        {"--window", &options.window}, {"--burst", &options.burst}, {"--bytes", &options.bytes}, {"--connections", &options.connections},
        {"--joiners", &options.joiners}, {"--lines", &options.lines}, {"--concurrency", &options.concurrency}, {"--psspid", &options.pss_pid},
    };
    const struct { const char *name; double *target; } amounts[] = {
        {"--rate", &options.rate}, {"--seconds", &options.seconds}, {"--warmup", &options.warmup},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!strcmp(name, numbers[i].name)) { *numbers[i].target = atoi(value); return; }
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++)
        if (!strcmp(name, amounts[i].name)) { *amounts[i].target = atof(value); return; }
    if (!strcmp(name, "--dialect")) read_dialect(value);
    else if (!strcmp(name, "--host")) options.host = value;
    else if (!strcmp(name, "--ports")) for (char *rest = value, *one; (one = strsep(&rest, ",")) != NULL;) options.ports[options.port_count++ % MAX_PIDS] = atoi(one);
    else if (!strcmp(name, "--prefix")) options.prefix = value;
    else if (!strcmp(name, "--join")) options.join_words = value;
    else if (!strcmp(name, "--tokens")) read_tokens(value);
    else if (!strcmp(name, "--pid")) read_pids(value);
    else usage();
}

int main(int count, char **words) {
    const struct { const char *name; void (*run)(void); } scenarios[] = {
        {"fan", run_fan}, {"pub", run_publishing}, {"idle", run_idle}, {"connect", run_connecting}, {"replay", run_replay}, {"joins", run_joins},
    };
    if (count < 2) usage();
    options.scenario = words[1];
    for (int i = 2; i < count; i++) {
        if (!strcmp(words[i], "--handshake-only")) options.handshake_only = true;
        else if (i + 1 < count) { read_option(words[i], words[i + 1]); i++; }
        else usage();
    }
    if (!options.port && !options.port_count) usage();
    if (!options.port) options.port = options.ports[0];
    if (!options.port_count) options.ports[options.port_count++] = options.port;
    if (options.bytes < 40 || options.bytes > 400) fail("--bytes is 40 to 400");
    if (options.dialect == GATHER && !options.token_count && !options.handshake_only) fail("--tokens is needed");
    signal(SIGPIPE, SIG_IGN);
    start_network();
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (!strcmp(options.scenario, scenarios[i].name)) { scenarios[i].run(); return 0; }
    usage();
}
