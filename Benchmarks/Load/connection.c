/* TLS connections on one epoll set, and each dialect's way from the handshake to listening. */
#include "load.h"

line_handler *on_line;
state_handler *on_state;
uint64_t now_ns;

static int poll_fd;
static SSL_CTX *context;

void start_network(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    poll_fd = epoll_create1(EPOLL_CLOEXEC);
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, 65536);
    now_ns = read_clock();
}

static void watch(struct connection *connection, int operation) {
    struct epoll_event event = {.events = EPOLLIN | (connection->wants_write ? EPOLLOUT : 0), .data.ptr = connection};
    if (epoll_ctl(poll_fd, operation, connection->fd, &event)) fail("epoll: %s", strerror(errno));
}

static void want_write(struct connection *connection, bool wants) {
    if (connection->wants_write == wants) return;
    connection->wants_write = wants;
    watch(connection, EPOLL_CTL_MOD);
}

/* Loopback has many addresses: a source of its own for each 20,000 connections keeps ports from running out while closed ones wait. */
static void bind_source(int fd, int number) {
    if (strncmp(options.host, "127.", 4)) return;
    int on = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    struct sockaddr_in source = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002u + (unsigned)number % 64)};
    if (bind(fd, (struct sockaddr *)&source, sizeof source)) fail("bind: %s", strerror(errno));
}

struct connection *open_connection(int number) {
    struct connection *connection = calloc(1, sizeof *connection);
    connection->number = number;
    connection->room = -1;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0) fail("socket: %s", strerror(errno));
    int on = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    bind_source(connection->fd, number);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.ports[number % options.port_count])};
    inet_pton(AF_INET, options.host, &address.sin_addr);
    if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) fail("connect: %s", strerror(errno));
    connection->ssl = SSL_new(context);
    SSL_set_fd(connection->ssl, connection->fd);
    SSL_set_connect_state(connection->ssl);
    connection->wants_write = true;
    watch(connection, EPOLL_CTL_ADD);
    return connection;
}

void close_connection(struct connection *connection) {
    if (connection->state == CLOSED) return;
    connection->state = CLOSED;
    SSL_shutdown(connection->ssl);
    close(connection->fd);
    SSL_free(connection->ssl);
    free(connection->rest);
    free(connection->out);
    connection->rest = connection->out = NULL;
}

static void keep(char **bytes, size_t *length, size_t *room, const char *more, size_t count) {
    if (*length + count > *room) {
        *room = (*length + count) * 2;
        *bytes = realloc(*bytes, *room);
        if (!*bytes) fail("no memory");
    }
    memcpy(*bytes + *length, more, count);
    *length += count;
}

static void lost(struct connection *connection, const char *where) {
    char reason[256] = "the server closed it";
    unsigned long code = ERR_get_error();
    if (code) ERR_error_string_n(code, reason, sizeof reason);
    fail("connection %d, state %d, %s: %s", connection->number, connection->state, where, reason);
}

static void flush(struct connection *connection) {
    size_t done = 0;
    while (done < connection->out_length) {
        int wrote = SSL_write(connection->ssl, connection->out + done, (int)(connection->out_length - done));
        if (wrote <= 0) {
            if (SSL_get_error(connection->ssl, wrote) != SSL_ERROR_WANT_WRITE) lost(connection, "writing");
            break;
        }
        done += (size_t)wrote;
    }
    memmove(connection->out, connection->out + done, connection->out_length - done);
    connection->out_length -= done;
    want_write(connection, connection->out_length > 0);
}

void send_bytes(struct connection *connection, const char *bytes, size_t length) {
    keep(&connection->out, &connection->out_length, &connection->out_room, bytes, length);
    flush(connection);
}

static void send_line(struct connection *connection, const char *format, ...) {
    char line[512];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line - 2, format, values);
    va_end(values);
    memcpy(line + length, "\r\n", 2);
    send_bytes(connection, line, (size_t)length + 2);
}

static void become(struct connection *connection, enum state state) {
    connection->state = state;
    if (on_state) on_state(connection);
}

void join_room(struct connection *connection, int room) {
    connection->room = room;
    connection->state = JOINING;
    send_line(connection, "JOIN #%s%d%s%s", options.prefix, room, options.join_words ? " " : "", options.join_words ? options.join_words : "");
}

static void begin_login(struct connection *connection) {
    if (options.handshake_only) { become(connection, READY); return; }
    connection->state = LOGGING_IN;
    if (options.dialect == LIMIT) become(connection, READY);
    else if (options.dialect == GATHER) send_line(connection, "RESUME %s", options.tokens[connection->number % options.token_count]);
    else if (!strcmp(options.scenario, "pub"))
        send_line(connection, "CAP LS 302\r\nCAP REQ :echo-message\r\nNICK %s%d\r\nUSER u 0 * :u\r\nCAP END", options.prefix, connection->number);
    else send_line(connection, "NICK %s%d\r\nUSER u 0 * :u", options.prefix, connection->number);
}

static bool has(const char *line, size_t length, const char *word) { return memmem(line, length, word, strlen(word)) != NULL; }

static bool starts(const char *line, size_t length, const char *word) {
    size_t size = strlen(word);
    return length >= size && !memcmp(line, word, size);
}

/* The number of an IRC server's reply is its second word. */
static bool is_numeric(const char *line, size_t length, const char *number) {
    const char *space = memchr(line, ' ', length);
    return space && starts(space + 1, (size_t)(line + length - space - 1), number);
}

/* True where the line belongs to the log-in or to joining. */
static bool advance(struct connection *connection, const char *line, size_t length) {
    if (starts(line, length, "FAIL") || starts(line, length, "ERROR")) fail("connection %d: %.*s", connection->number, (int)length, line);
    if (connection->state == LOGGING_IN) {
        if (options.dialect == GATHER ? starts(line, length, "OK RESUME") : is_numeric(line, length, "376 ") || is_numeric(line, length, "422 "))
            become(connection, READY);
        else if (is_numeric(line, length, "433 ") || is_numeric(line, length, "465 ")) fail("log-in: %.*s", (int)length, line);
        else if (has(line, length, " ACK ") && has(line, length, "echo-message")) connection->sees_own = true;
        return true;
    }
    if (connection->state == JOINING && (options.dialect == IRC ? is_numeric(line, length, "366 ") : starts(line, length, "OK JOIN"))) {
        become(connection, LISTENING);
        return true;
    }
    return false;
}

static void handle_line(struct connection *connection, const char *line, size_t length) {
    if (length && line[length - 1] == '\r') length--;
    if (options.dialect == IRC && starts(line, length, "PING")) {
        send_line(connection, "PONG%.*s", (int)(length - 4), line + 4);
        return;
    }
    if (connection->state != LISTENING && advance(connection, line, length)) return;
    if (on_line && connection->state != CLOSED) on_line(connection, line, length);
}

static void handle_bytes(struct connection *connection, const char *bytes, size_t length) {
    const char *end = bytes + length;
    while (bytes < end) {
        const char *mark = memchr(bytes, '\n', (size_t)(end - bytes));
        if (!mark) {
            keep(&connection->rest, &connection->rest_length, &connection->rest_room, bytes, (size_t)(end - bytes));
            return;
        }
        if (connection->rest_length) {
            keep(&connection->rest, &connection->rest_length, &connection->rest_room, bytes, (size_t)(mark - bytes));
            size_t whole = connection->rest_length;
            connection->rest_length = 0;
            handle_line(connection, connection->rest, whole);
        } else {
            handle_line(connection, bytes, (size_t)(mark - bytes));
        }
        if (connection->state == CLOSED) return;
        bytes = mark + 1;
    }
}

static void shake_hands(struct connection *connection) {
    int answer = SSL_do_handshake(connection->ssl);
    if (answer == 1) {
        want_write(connection, false);
        begin_login(connection);
        return;
    }
    int error = SSL_get_error(connection->ssl, answer);
    if (error == SSL_ERROR_WANT_READ) want_write(connection, false);
    else if (error == SSL_ERROR_WANT_WRITE) want_write(connection, true);
    else lost(connection, "handshake");
}

static void read_all(struct connection *connection) {
    static char bytes[65536];
    while (connection->state != CLOSED) {
        int count = SSL_read(connection->ssl, bytes, sizeof bytes);
        if (count <= 0) {
            if (SSL_get_error(connection->ssl, count) != SSL_ERROR_WANT_READ) lost(connection, "reading");
            return;
        }
        handle_bytes(connection, bytes, (size_t)count);
    }
}

void turn(int64_t nanoseconds) {
    struct epoll_event events[512];
    struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    int count = epoll_pwait2(poll_fd, events, 512, &limit, NULL);
    if (count < 0 && errno != EINTR) fail("epoll: %s", strerror(errno));
    now_ns = read_clock();
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        if (connection->state == CLOSED) continue;
        if (connection->state == HANDSHAKING) shake_hands(connection);
        else if (events[i].events & EPOLLOUT) flush(connection);
        if (connection->state != HANDSHAKING && connection->state != CLOSED && (events[i].events & ~(unsigned)EPOLLOUT)) read_all(connection);
    }
}

void settle(double seconds) {
    line_handler *former = on_line;
    uint64_t end = read_clock() + (uint64_t)(seconds * 1e9);
    while (read_clock() < end) turn(10000000);
    on_line = former;
}

static int opened, settled;

static int (*wanted_room)(int number);

static void count_ready(struct connection *connection) {
    if (connection->state == READY && wanted_room && wanted_room(connection->number) >= 0) join_room(connection, wanted_room(connection->number));
    else settled++;
}

struct connection **open_all(int count, int (*room_of)(int number)) {
    struct connection **all = calloc((size_t)count, sizeof *all);
    on_state = count_ready;
    wanted_room = room_of;
    opened = settled = 0;
    static int number;
    uint64_t limit = read_clock() + 120000000000ull;
    while (settled < count) {
        while (opened < count && opened - settled < options.concurrency) all[opened++] = open_connection(number++);
        turn(100000000);
        if (read_clock() > limit) fail("only %d of %d connections became ready", settled, count);
    }
    on_state = NULL;
    return all;
}
