// The load of `make bench`: HTTP/1.1 with keep-alive from one thread, the same for every server.
//
//   load PORT CONNECTIONS SECONDS REQUEST [OPTION VALUE]…
//
//   closed loop   each connection asks again as soon as it is answered; latency from sending
//   --rate R      open loop: R requests a second at random times (Poisson, always the same ones), whatever the server does. Latency runs
//                 from when a request was due, so time in which no connection was free counts (no coordinated omission).
//   --answers N   ends after N answers, to fill a database
//   --hold 1      asks once on each connection, prints `ready`, then keeps all open until stdin ends
//   --warm-up S   leaves out the first S seconds (0.2)
//   --expect N    the status of a good answer (200); others are counted by status
//   --first N --ids M --random 1
//                 REQUEST is a file with a whole request; `0000000000000` (13 digits) in it becomes N, N+1 … N+M-1 and then N again, or
//                 one of them at random
//
// Prints one line of JSON; the histogram is a list of [upper bound in µs, answers], each bound within 1.6 % of what it holds. It refuses
// answers without Content-Length, and whatever fails ends it: this is a yardstick, not a client.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { DIGITS = 13, MAX_REQUEST = 8192, MAX_ANSWER = 65536, SUB_BITS = 6, BUCKETS = 40 << SUB_BITS };

typedef struct {
    int fd, status, is_waiting;
    size_t filled;
    double due, sent;
    char answer[MAX_ANSWER];
} Connection;

static struct {
    int port, connections, expect, is_random, is_holding;
    double seconds, rate, warm_up;
    uint64_t first, ids, answers;
    char request[MAX_REQUEST];
    size_t length;
    char *digits;
} options = {.expect = 200, .warm_up = 0.2, .ids = UINT64_MAX};

static Connection *connections;
static Connection **idle;
static size_t idle_count;
static int events_fd, timer_fd;
static double began, measured_from, ends;
static uint64_t asked, answered, good, closed, by_status[600];
static uint64_t histogram[BUCKETS], lateness[BUCKETS];
static double *schedule;
static size_t scheduled, next_due;
static uint64_t seed = 0x9E3779B97F4A7C15;

static void require(int ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static uint64_t random_bits(void) {  // xorshift64*: the same numbers in each run
    seed ^= seed >> 12, seed ^= seed << 25, seed ^= seed >> 27;
    return seed * 0x2545F4914F6CDD1D;
}

// Log-linear: 64 buckets an octave, exact below 64 ns.
static size_t bucket_of(double seconds) {
    uint64_t ns = seconds > 0 ? (uint64_t)(seconds * 1e9) : 0;
    if (ns < 1 << SUB_BITS) return ns;
    int octave = 63 - __builtin_clzll(ns) - SUB_BITS;
    size_t index = ((size_t)(octave + 1) << SUB_BITS) + ((ns >> octave) - (1 << SUB_BITS));
    return index < BUCKETS ? index : BUCKETS - 1;
}

static double upper_bound_us(size_t index) {
    if (index < 1 << SUB_BITS) return (index + 1) / 1e3;
    int octave = (int)(index >> SUB_BITS) - 1;
    return ldexp((double)((1 << SUB_BITS) + (index & ((1 << SUB_BITS) - 1)) + 1), octave) / 1e3;
}

static void open_connection(Connection *connection) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(options.port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    connection->fd = socket(AF_INET, SOCK_STREAM, 0);
    require(connection->fd >= 0, "socket");
    require(connect(connection->fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    connection->filled = 0;
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = connection}};
    require(epoll_ctl(events_fd, EPOLL_CTL_ADD, connection->fd, &event) == 0, "epoll_ctl");
}

static void ask(Connection *connection, double due, double at) {
    if (options.digits) {
        uint64_t id = options.first + (options.is_random ? random_bits() : asked) % options.ids;
        char text[DIGITS + 1];
        snprintf(text, sizeof text, "%0*llu", DIGITS, (unsigned long long)id);
        memcpy(options.digits, text, DIGITS);
    }
    asked++;
    connection->due = due, connection->sent = at, connection->is_waiting = 1;
    // A request is smaller than any socket's buffer, and nothing else is on its way.
    require(send(connection->fd, options.request, options.length, MSG_NOSIGNAL) == (ssize_t)options.length, "send");
}

static void retire(Connection *connection) {
    connection->is_waiting = 0;
    idle[idle_count++] = connection;
}

static int is_measured(double due) { return due >= measured_from && due < ends; }

static void take_answer(Connection *connection, double at) {
    answered++;
    int is_good = connection->status == options.expect;
    // A closed loop counts what is answered within the time, an open one what was due in it.
    double when = options.rate > 0 ? connection->due : at;
    if (is_measured(when)) {
        if (is_good) good++, histogram[bucket_of(at - connection->due)]++;
        else by_status[connection->status < 600 && connection->status > 0 ? connection->status : 0]++;
    }
    int goes_on = options.rate == 0 && !options.is_holding && at < ends && (!options.answers || asked < options.answers);
    if (goes_on) ask(connection, at, at); else retire(connection);
}

// How long the answer at the front is, or 0 while its end is not there.
static size_t answer_length(Connection *connection) {
    connection->answer[connection->filled] = 0;
    char *end = strstr(connection->answer, "\r\n\r\n");
    if (!end) return 0;
    char *field = strcasestr(connection->answer, "\r\ncontent-length:");
    require(field && field < end, "an answer without Content-Length");
    connection->status = atoi(connection->answer + sizeof "HTTP/1.1");
    return (size_t)(end + 4 - connection->answer) + strtoul(field + sizeof "\r\ncontent-length:" - 1, NULL, 10);
}

static void reopen(Connection *connection, double at) {
    close(connection->fd);
    open_connection(connection);
    if (!connection->is_waiting) return;
    if (is_measured(at)) closed++;
    retire(connection);
    if (options.rate == 0 && at < ends) ask(idle[--idle_count], at, at);
}

static void read_from(Connection *connection) {
    ssize_t got = recv(connection->fd, connection->answer + connection->filled, MAX_ANSWER - 1 - connection->filled, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    double at = now();
    if (got <= 0) return reopen(connection, at);
    connection->filled += got;
    size_t length = answer_length(connection);
    require(length < MAX_ANSWER, "an answer that is too large");
    if (!length || connection->filled < length) return;
    connection->filled = 0;
    take_answer(connection, at);
}

static void make_schedule(void) {
    double at = began, end = ends;
    size_t room = (size_t)(options.rate * (end - at) * 1.5) + 1000;
    schedule = malloc(room * sizeof *schedule);
    while (scheduled < room) {
        at += -log((double)((random_bits() >> 11) + 1) / 9007199254740993.0) / options.rate;
        if (at >= end) break;
        schedule[scheduled++] = at;
    }
}

static void send_what_is_due(void) {
    for (double at = now(); next_due < scheduled && idle_count && schedule[next_due] <= at; at = now()) {
        double due = schedule[next_due++];
        ask(idle[--idle_count], due, at);
    }
    if (next_due >= scheduled || !idle_count) return;
    double due = schedule[next_due];
    struct itimerspec when = {.it_value = {(time_t)due, (long)((due - (time_t)due) * 1e9)}};
    timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

// What was due when the timer rang is the generator's own delay; what waited for a connection is the server's.
static void note_lateness(double at) {
    if (next_due < scheduled && idle_count && schedule[next_due] <= at && is_measured(schedule[next_due]))
        lateness[bucket_of(at - schedule[next_due])]++;
}

static void run(void) {
    struct epoll_event events[256];
    double give_up = ends + 5;
    for (;;) {
        if (options.rate > 0) send_what_is_due();
        double at = now();
        int is_over = idle_count == (size_t)options.connections && next_due >= scheduled;
        if (is_over || at > give_up) return;
        int count = epoll_wait(events_fd, events, 256, 100);
        for (int i = 0; i < count; i++) {
            Connection *connection = events[i].data.ptr;
            if (connection) { read_from(connection); continue; }
            uint64_t rings;
            if (read(timer_fd, &rings, sizeof rings) > 0) note_lateness(now());
        }
    }
}

static double quantile_us(const uint64_t *counts, double q) {
    uint64_t all = 0, seen = 0;
    for (size_t i = 0; i < BUCKETS; i++) all += counts[i];
    for (size_t i = 0; i < BUCKETS; i++)
        if ((seen += counts[i]) > 0 && seen >= q * all) return upper_bound_us(i);
    return 0;
}

static void report(void) {
    double length = options.answers ? now() - began : options.seconds;
    printf("{\"perSecond\": %.1f, \"good\": %llu, \"asked\": %llu, \"closed\": %llu, \"unanswered\": %zu, \"late99\": %.1f, \"others\": {",
           good / length, (unsigned long long)good, (unsigned long long)asked, (unsigned long long)closed,
           options.connections - idle_count + (scheduled - next_due), quantile_us(lateness, 0.99));
    const char *comma = "";
    for (int status = 0; status < 600; status++)
        if (by_status[status]) printf("%s\"%d\": %llu", comma, status, (unsigned long long)by_status[status]), comma = ", ";
    printf("}, \"histogram\": [");
    comma = "";
    for (size_t i = 0; i < BUCKETS; i++)
        if (histogram[i]) printf("%s[%.3f, %llu]", comma, upper_bound_us(i), (unsigned long long)histogram[i]), comma = ", ";
    printf("]}\n");
}

static void read_options(int count, char **words) {
    require(count >= 5 && count % 2 == 1, "load PORT CONNECTIONS SECONDS REQUEST [OPTION VALUE]...");
    options.port = atoi(words[1]), options.connections = atoi(words[2]), options.seconds = atof(words[3]);
    FILE *file = fopen(words[4], "r");
    require(file != NULL, words[4]);
    options.length = fread(options.request, 1, MAX_REQUEST - 1, file);
    fclose(file);
    options.digits = strstr(options.request, "0000000000000");
    for (int i = 5; i < count; i += 2) {
        const char *name = words[i], *value = words[i + 1];
        if (!strcmp(name, "--rate")) options.rate = atof(value);
        else if (!strcmp(name, "--answers")) options.answers = strtoull(value, NULL, 10);
        else if (!strcmp(name, "--hold")) options.is_holding = atoi(value);
        else if (!strcmp(name, "--warm-up")) options.warm_up = atof(value);
        else if (!strcmp(name, "--expect")) options.expect = atoi(value);
        else if (!strcmp(name, "--first")) options.first = strtoull(value, NULL, 10);
        else if (!strcmp(name, "--ids")) options.ids = strtoull(value, NULL, 10);
        else if (!strcmp(name, "--random")) options.is_random = atoi(value);
        else require(0, name);
    }
    require(options.connections > 0 && options.ids > 0, "connections and ids must be at least 1");
}

static void begin(void) {
    prctl(PR_SET_TIMERSLACK, 1);
    events_fd = epoll_create1(0);
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN};
    require(epoll_ctl(events_fd, EPOLL_CTL_ADD, timer_fd, &event) == 0, "timer");
    connections = calloc(options.connections, sizeof *connections);
    idle = calloc(options.connections, sizeof *idle);
    for (int i = 0; i < options.connections; i++) open_connection(&connections[i]), retire(&connections[i]);
    began = now();
    measured_from = options.answers ? began : began + options.warm_up;
    ends = options.answers ? began + 600 : measured_from + options.seconds;
    if (options.rate > 0) return make_schedule();
    while (idle_count && (!options.answers || asked < options.answers)) ask(idle[--idle_count], now(), now());
}

int main(int count, char **words) {
    read_options(count, words);
    begin();
    run();
    if (!options.is_holding) return report(), 0;
    puts("ready");
    fflush(stdout);
    char rest[64];
    while (read(STDIN_FILENO, rest, sizeof rest) > 0) {}
    return 0;
}
