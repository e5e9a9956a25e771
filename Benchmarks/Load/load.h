/* What the parts of the load generator share. */
#ifndef LOAD_H
#define LOAD_H
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_PIDS = 16, MAX_TOKENS = 4096 };

enum dialect { GATHER, IRC, LIMIT };

struct options {
    const char *scenario, *host, *prefix, *join_words;
    enum dialect dialect;
    int port, ports[MAX_PIDS], port_count;
    int rooms, listeners, senders, window, burst, bytes, connections, joiners, lines, concurrency;
    double rate, seconds, warmup;
    int pids[MAX_PIDS], pid_count, pss_pid;
    char *tokens[MAX_TOKENS];
    int token_count;
    bool handshake_only;
};
extern struct options options;

/* ---- connections (connection.c) ---- */

enum state { HANDSHAKING, GREETED, LOGGING_IN, READY, JOINING, LISTENING, CLOSED };

struct connection {
    int fd, number, room;
    SSL *ssl;
    enum state state;
    bool wants_write, sees_own; /* sees_own: an IRC server with echo-message */
    char *rest;                 /* an incomplete line */
    size_t rest_length, rest_room;
    char *out; /* what the socket did not take */
    size_t out_length, out_room;
    uint64_t next, received; /* the number expected next; messages of this scenario */
    void *own;               /* of the scenario */
};

/* A line without its end; the scenario's part. Lines of the log-in and of joining never get here. */
typedef void line_handler(struct connection *connection, const char *line, size_t length);
/* Called when the state has become READY or LISTENING. */
typedef void state_handler(struct connection *connection);

extern line_handler *on_line;
extern state_handler *on_state;
extern uint64_t now_ns; /* the monotonic clock, read once a turn */

void start_network(void);
struct connection *open_connection(int number);
void join_room(struct connection *connection, int room);
void send_bytes(struct connection *connection, const char *bytes, size_t length);
void close_connection(struct connection *connection);
/* Waits up to so many nanoseconds for something to read, and handles all there is. */
void turn(int64_t nanoseconds);
/* Turns until nothing has come for so long. */
void settle(double seconds);

/* Opens `count` connections and lets each become READY, and LISTENING where room_of answers 0 or more. */
struct connection **open_all(int count, int (*room_of)(int number));

/* ---- messages (message.c) ---- */

/* Appends one message line for a room to `bytes`; returns its length. `at` is the moment it counts from. */
size_t write_message(char *bytes, int room, uint64_t number, uint64_t at);
/* Reads number and moment of a message that write_message made, wherever it stands in a line. False if it is none. */
bool read_message(const char *line, size_t length, uint64_t *number, uint64_t *at);

/* ---- what was measured (measure.c) ---- */

void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
uint64_t read_clock(void);
void note_latency(uint64_t nanoseconds);
void forget_latencies(void);
long pss_kib(int pid);
/* Between these two all processor time is counted. */
void begin_measuring(void);
void end_measuring(void);
double measured_seconds(void);
double servers_cpu_us(void);
/* The keys that every scenario has, then those of `format`, as one line of JSON. `units` is what cpu_us is divided by. */
void print_result(double units, const char *format, ...) __attribute__((format(printf, 2, 3)));

void run_fan(void);
void run_publishing(void);
void run_idle(void);
void run_connecting(void);
void run_replay(void);
void run_joins(void);
#endif
