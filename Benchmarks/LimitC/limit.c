// Fan-out over TLS 1.3 and nothing else, on OpenSSL and epoll in one thread: what a delivered message costs at the least.
// There is no log-in, no history, no flood limit. Lines end with CR LF:
//     JOIN #room        ->  OK JOIN #room
//     MSG #room :text   ->  OK MSG, and to everybody else in the room  :u MSG #room :text
//     PING x            ->  PONG x
// A turn is one epoll_wait: first everything that came is read, then each connection gets all that is for it in one
// SSL_write and one send.
//     cc -O2 -Wall -Wextra -o limit limit.c -lssl -lcrypto

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS_A_TURN = 1024,
    BUCKETS = 4096,
    LONGEST_LINE = 16 << 10,
    // So that nobody who sends without end keeps the others waiting.
    MOST_READ_A_TURN = 256 << 10,
    // Who reads slower than this lets on is disconnected.
    MOST_QUEUED = 16 << 20,
    // What an empty buffer of a connection may keep.
    MOST_KEPT = 16 << 10,
};

// MARK: Bytes

// Also holds arrays of other things.
struct bytes {
    char *data;
    size_t length, capacity;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void *grow(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (memory == NULL) fail("memory");
    return memory;
}

static void append(struct bytes *bytes, const void *data, size_t count)
{
    if (count == 0) return;
    if (bytes->length + count > bytes->capacity) {
        bytes->capacity = 2 * bytes->capacity + count;
        bytes->data = grow(bytes->data, bytes->capacity);
    }
    memcpy(bytes->data + bytes->length, data, count);
    bytes->length += count;
}

#define FOR_EACH(type, item, array) \
    for (type *item = (void *)(array).data; (char *)item != (array).data + (array).length; item++)

static void empty(struct bytes *bytes)
{
    bytes->length = 0;
    if (bytes->capacity <= MOST_KEPT) return;
    free(bytes->data);
    *bytes = (struct bytes){0};
}

// MARK: Connections and rooms

struct connection {
    int fd;
    bool ended;
    SSL *tls;
    struct bytes rooms;   // of struct room *
    struct bytes partial; // The beginning of a line whose end has not come.
    struct bytes out;     // Lines of this turn for this connection alone.
    struct bytes queue;   // TLS records that the socket did not take.
    struct connection *next_touched, *next_ended;
};

// A run of a room's lines that one connection said.
struct piece {
    const struct connection *speaker;
    size_t end;
};

struct room {
    struct room *next, *next_dirty;
    bool dirty;
    struct bytes members; // of struct connection *
    struct bytes lines;   // Said in this turn.
    struct bytes pieces;  // of struct piece, in the order of the lines
    size_t name_length;
    char name[];
};

static int poller;
static struct room *buckets[BUCKETS];
static struct room *dirty;
static struct connection *touched, *ended;
// The records that OpenSSL made since the last flush.
static struct bytes wire;
// What may still be read from the connection whose turn it is.
static size_t readable;

static void end(struct connection *c)
{
    if (c->ended) return;
    // OpenSSL's list of errors is one for all connections.
    ERR_clear_error();
    c->ended = true;
    c->next_ended = ended;
    ended = c;
}

// MARK: Between OpenSSL and the socket

// Reads the socket, and tells without asking it again when it is known to have no more.
static int read_socket(BIO *bio, char *data, int count)
{
    struct connection *c = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    ssize_t got = -1;
    if (readable > 0) {
        got = recv(c->fd, data, count, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return 0;
        readable = got < count || (size_t)got > readable ? 0 : readable - got;
    }
    if (got < 0) BIO_set_retry_read(bio);
    return got;
}

static int write_wire(BIO *bio, const char *data, int count)
{
    BIO_clear_retry_flags(bio);
    append(&wire, data, count);
    return count;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static void listen_for(struct connection *c, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(poller, operation, c->fd, &event) < 0) fail("epoll_ctl");
}

// Returns how much the socket took.
static size_t send_to(struct connection *c, const char *data, size_t count)
{
    ssize_t sent = send(c->fd, data, count, MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno != EAGAIN && errno != EINTR) end(c);
    return 0;
}

static void flush_wire(struct connection *c)
{
    bool idle = c->queue.length == 0;
    size_t sent = idle ? send_to(c, wire.data, wire.length) : 0;
    if (sent < wire.length && !c->ended) {
        append(&c->queue, wire.data + sent, wire.length - sent);
        if (idle) listen_for(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
        if (c->queue.length > MOST_QUEUED) end(c);
    }
    wire.length = 0;
}

static void flush_queue(struct connection *c)
{
    size_t sent = send_to(c, c->queue.data, c->queue.length);
    c->queue.length -= sent;
    memmove(c->queue.data, c->queue.data + sent, c->queue.length);
    if (c->queue.length > 0) return;
    empty(&c->queue);
    listen_for(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void encrypt(struct connection *c, const struct bytes *plain)
{
    size_t written;
    if (c->ended) return;
    // The wire takes everything, so this writes all or has failed for good.
    if (!SSL_write_ex(c->tls, plain->data, plain->length, &written)) end(c);
    flush_wire(c);
}

// MARK: Rooms

static struct room *find_room(const char *name, size_t length, bool make)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)name[i]) * 16777619u;
    struct room **bucket = &buckets[hash % BUCKETS];
    for (struct room *room = *bucket; room != NULL; room = room->next)
        if (room->name_length == length && memcmp(room->name, name, length) == 0) return room;
    if (!make) return NULL;
    struct room *room = grow(NULL, sizeof *room + length);
    *room = (struct room){.next = *bucket, .name_length = length};
    memcpy(room->name, name, length);
    return *bucket = room;
}

static void tell(struct connection *c, const void *data, size_t count)
{
    if (count == 0) return;
    if (c->out.length == 0) {
        c->next_touched = touched;
        touched = c;
    }
    append(&c->out, data, count);
}

// Gives the members what was said in this turn. Who hears nothing else gets the room's own buffer, the others a copy
// without what they said.
static void hand_out(struct room *room)
{
    if (room->lines.length == 0) return;
    FOR_EACH(struct connection *, member, room->members) {
        if ((*member)->rooms.length == sizeof room && (*member)->out.length == 0) {
            encrypt(*member, &room->lines);
            continue;
        }
        size_t start = 0;
        FOR_EACH(struct piece, piece, room->pieces) {
            if (piece->speaker != *member) tell(*member, room->lines.data + start, piece->end - start);
            start = piece->end;
        }
    }
    room->lines.length = 0;
    room->pieces.length = 0;
}

static void join(struct connection *c, struct room *room)
{
    FOR_EACH(struct room *, joined, c->rooms)
        if (*joined == room) return;
    // What was said before is not for the new member.
    hand_out(room);
    append(&c->rooms, &room, sizeof room);
    append(&room->members, &c, sizeof c);
}

static void leave(struct connection *c, struct room *room)
{
    struct connection **members = (void *)room->members.data, **member = members;
    while (*member != c) member++;
    room->members.length -= sizeof c;
    *member = members[room->members.length / sizeof c];
}

static void say(struct connection *c, struct room *room, const char *line, size_t length)
{
    if (!room->dirty) {
        room->dirty = true;
        room->next_dirty = dirty;
        dirty = room;
    }
    append(&room->lines, ":u ", 3);
    append(&room->lines, line, length);
    append(&room->lines, "\r\n", 2);
    struct bytes *pieces = &room->pieces;
    struct piece piece = {.speaker = c, .end = room->lines.length};
    struct piece *last = pieces->length > 0 ? (void *)(pieces->data + pieces->length - sizeof piece) : NULL;
    if (last != NULL && last->speaker == c)
        *last = piece;
    else
        append(pieces, &piece, sizeof piece);
}

// MARK: Lines

#define STARTS(line, length, word) ((length) >= sizeof(word) && memcmp(line, word " ", sizeof(word)) == 0)
#define TELL(c, words) tell(c, words, sizeof(words) - 1)

static void take_line(struct connection *c, const char *line, size_t length)
{
    if (STARTS(line, length, "MSG")) {
        const char *name = line + 4, *space = memchr(name, ' ', length - 4);
        struct room *room = space == NULL ? NULL : find_room(name, space - name, false);
        if (room == NULL) {
            TELL(c, "FAIL MSG NO_SUCH_ROOM\r\n");
            return;
        }
        say(c, room, line, length);
        TELL(c, "OK MSG\r\n");
    } else if (STARTS(line, length, "JOIN")) {
        join(c, find_room(line + 5, length - 5, true));
        TELL(c, "OK ");
        tell(c, line, length);
        TELL(c, "\r\n");
    } else if (STARTS(line, length, "PING")) {
        TELL(c, "PONG ");
        tell(c, line + 5, length - 5);
        TELL(c, "\r\n");
    } else if (length > 0) {
        TELL(c, "FAIL * UNKNOWN_COMMAND\r\n");
    }
}

// Returns how many bytes of an unfinished line are left at the beginning of the text.
static size_t take_lines(struct connection *c, char *text, size_t length)
{
    char *line = text, *last = text + length;
    for (char *feed; (feed = memchr(line, '\n', last - line)) != NULL; line = feed + 1)
        take_line(c, line, feed - line - (feed > line && feed[-1] == '\r'));
    memmove(text, line, last - line);
    return last - line;
}

// Reads everything there is.
static void receive(struct connection *c)
{
    static char text[LONGEST_LINE + SSL3_RT_MAX_PLAIN_LENGTH];
    size_t length = c->partial.length, got;
    if (length > 0) memcpy(text, c->partial.data, length);
    readable = MOST_READ_A_TURN;
    while (!c->ended && SSL_read_ex(c->tls, text + length, sizeof text - length, &got)) {
        if (wire.length > 0) flush_wire(c);
        length = take_lines(c, text, length + got);
        if (length > LONGEST_LINE) end(c);
    }
    if (wire.length > 0) flush_wire(c);
    if (!c->ended && SSL_get_error(c->tls, 0) != SSL_ERROR_WANT_READ) end(c);
    empty(&c->partial);
    append(&c->partial, text, length);
}

// MARK: The loop

static void accept_all(int listener, SSL_CTX *context, BIO_METHOD *method)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        struct connection *c = grow(NULL, sizeof *c);
        *c = (struct connection){.fd = fd, .tls = SSL_new(context)};
        BIO *bio = BIO_new(method);
        if (c->tls == NULL || bio == NULL) fail("SSL_new");
        BIO_set_data(bio, c);
        BIO_set_init(bio, 1);
        SSL_set_bio(c->tls, bio, bio);
        SSL_set_accept_state(c->tls);
        listen_for(c, EPOLL_CTL_ADD, EPOLLIN);
    }
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) fail("accept");
}

static void release(struct connection *c)
{
    FOR_EACH(struct room *, joined, c->rooms) leave(c, *joined);
    SSL_shutdown(c->tls);
    if (c->queue.length == 0 && wire.length > 0) send_to(c, wire.data, wire.length);
    wire.length = 0;
    ERR_clear_error();
    SSL_free(c->tls);
    close(c->fd);
    free(c->rooms.data);
    free(c->partial.data);
    free(c->out.data);
    free(c->queue.data);
    free(c);
}

static void finish_turn(void)
{
    for (; dirty != NULL; dirty = dirty->next_dirty) {
        hand_out(dirty);
        dirty->dirty = false;
    }
    for (; touched != NULL; touched = touched->next_touched) {
        encrypt(touched, &touched->out);
        empty(&touched->out);
    }
    while (ended != NULL) {
        struct connection *c = ended;
        ended = c->next_ended;
        release(c);
    }
}

static _Noreturn void serve(int listener, SSL_CTX *context)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "limit");
    BIO_meth_set_read(method, read_socket);
    BIO_meth_set_write(method, write_wire);
    BIO_meth_set_ctrl(method, control);

    static struct epoll_event events[EVENTS_A_TURN];
    for (;;) {
        int count = epoll_wait(poller, events, EVENTS_A_TURN, -1);
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (c == NULL) {
                accept_all(listener, context, method);
                continue;
            }
            if (!c->ended && events[i].events & EPOLLOUT) flush_queue(c);
            if (!c->ended && events[i].events & ~EPOLLOUT) receive(c);
        }
        finish_turn();
    }
}

static int open_listener(int port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
    if (listen(listener, 4096) < 0) fail("listen");
    getsockname(listener, (struct sockaddr *)&address, &(socklen_t){sizeof address});
    printf("limit ready tls=127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

static SSL_CTX *make_context(const char *certificate, const char *key, bool release_buffers)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1
        || SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
        ERR_print_errors_fp(stderr);
        exit(1);
    }
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    // One recv for a record, not one for its head and one for the rest.
    SSL_CTX_set_read_ahead(context, 1);
    if (release_buffers) SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return context;
}

static void stop(int signal)
{
    (void)signal;
    _exit(0);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'}, {"cert", required_argument, NULL, 'c'},
        {"key", required_argument, NULL, 'k'},  {"release-buffers", no_argument, NULL, 'r'},
        {NULL, 0, NULL, 0},
    };
    const char *certificate = NULL, *key = NULL;
    int port = 0;
    bool release_buffers = false, wrong = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': wrong |= sscanf(optarg, "%d", &port) != 1; break;
        case 'c': certificate = optarg; break;
        case 'k': key = optarg; break;
        case 'r': release_buffers = true; break;
        default: wrong = true;
        }
    }
    if (wrong || certificate == NULL || key == NULL) {
        fprintf(stderr, "Usage: limit [--port N] --cert FILE --key FILE [--release-buffers]\n");
        return 2;
    }
    signal(SIGTERM, stop);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);

    SSL_CTX *context = make_context(certificate, key, release_buffers);
    int listener = open_listener(port);
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) < 0) fail("epoll_ctl");
    serve(listener, context);
}
