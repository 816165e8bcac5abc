// The bare libzmq peers: an echo over ROUTER/DEALER, events over PUB/SUB, with nothing in between. They set the ceiling.
//
//   raw serve DIR                       raw call DIR IN_FLIGHT SECONDS
//   raw publish DIR                     raw subscribe DIR SECONDS
//   raw scan DATABASE TOPIC             every event of a SQLite outbox, every column read
//
// Results are one line of JSON. Whatever fails ends the process: this is a yardstick, not a program.
#define _GNU_SOURCE
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum { PAYLOAD = 128, MAX_SAMPLES = 8 << 20 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void require(int ok, const char *what) {
    if (ok) return;
    fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
    exit(1);
}

static void *open_socket(void *context, int kind, const char *directory, const char *name, int is_server) {
    void *socket = zmq_socket(context, kind);
    char endpoint[256];
    int limit = 65536;
    snprintf(endpoint, sizeof endpoint, "ipc://%s/%s", directory, name);
    zmq_setsockopt(socket, ZMQ_SNDHWM, &limit, sizeof limit);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &limit, sizeof limit);
    if (kind == ZMQ_SUB) zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
    // Full queues wait instead of dropping, so that what is counted is what arrived, and nothing is lost on either side.
    if (kind == ZMQ_XPUB) zmq_setsockopt(socket, ZMQ_XPUB_NODROP, &(int){1}, sizeof(int));
    require((is_server ? zmq_bind : zmq_connect)(socket, endpoint) == 0, endpoint);
    return socket;
}

static void serve(void *socket) {
    for (;;) {
        zmq_msg_t identity, body;
        zmq_msg_init(&identity);
        zmq_msg_init(&body);
        require(zmq_msg_recv(&identity, socket, 0) >= 0, "recv");
        require(zmq_msg_recv(&body, socket, 0) >= 0, "recv");
        require(zmq_msg_send(&identity, socket, ZMQ_SNDMORE) >= 0, "send");
        require(zmq_msg_send(&body, socket, 0) >= 0, "send");
    }
}

static int by_value(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static void call(void *socket, int in_flight, double seconds) {
    char out[PAYLOAD] = {0}, in[PAYLOAD];
    float *samples = malloc(sizeof(float) * MAX_SAMPLES);
    double *sent = malloc(sizeof(double) * in_flight);
    for (uint32_t slot = 0; slot < (uint32_t)in_flight; slot++) {
        memcpy(out, &slot, sizeof slot);
        sent[slot] = now();
        require(zmq_send(socket, out, PAYLOAD, 0) == PAYLOAD, "send");
    }
    double start = now() + 0.2, end = start + seconds;
    size_t count = 0;
    for (;;) {
        uint32_t slot;
        require(zmq_recv(socket, in, PAYLOAD, 0) == PAYLOAD, "recv");
        memcpy(&slot, in, sizeof slot);
        double at = now();
        if (at >= start && count < MAX_SAMPLES) samples[count++] = (at - sent[slot]) * 1e6;
        if (at >= end) break;
        sent[slot] = at;
        require(zmq_send(socket, in, PAYLOAD, 0) == PAYLOAD, "send");
    }
    qsort(samples, count, sizeof *samples, by_value);
    printf("{\"perSecond\": %.0f, \"p50\": %.1f, \"p99\": %.1f}\n", count / seconds, samples[count / 2], samples[count * 99 / 100]);
}

static void publish(void *socket) {
    char out[PAYLOAD] = {0};
    char subscription[16];
    require(zmq_recv(socket, subscription, sizeof subscription, 0) >= 1, "recv");
    for (;;) require(zmq_send(socket, out, PAYLOAD, 0) == PAYLOAD, "send");
}

static void subscribe(void *socket, double seconds) {
    char in[PAYLOAD];
    size_t count = 0;
    require(zmq_recv(socket, in, PAYLOAD, 0) == PAYLOAD, "recv");
    double start = now() + 0.2, end = start + seconds, at = 0;
    while (at < end) {
        require(zmq_recv(socket, in, PAYLOAD, 0) == PAYLOAD, "recv");
        at = now();
        if (at >= start) count++;
    }
    printf("{\"perSecond\": %.0f}\n", count / seconds);
}

static void scan(const char *path, const char *topic) {
    sqlite3 *db;
    sqlite3_stmt *statement;
    const char *sql = "SELECT offset, key, committed_at, trace, payload FROM event WHERE topic = ? ORDER BY offset";
    require(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK, "open");
    require(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK, "prepare");
    sqlite3_bind_text(statement, 1, topic, -1, SQLITE_STATIC);
    double start = now();
    size_t count = 0, bytes = 0;
    uint64_t sum = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        char copy[4096];
        int size = sqlite3_column_bytes(statement, 4);
        memcpy(copy, sqlite3_column_blob(statement, 4), size < 4096 ? size : 4096);
        sum += sqlite3_column_int64(statement, 0) + sqlite3_column_int64(statement, 2) + (unsigned char)copy[0];
        bytes += size + sqlite3_column_bytes(statement, 1) + sqlite3_column_bytes(statement, 3);
        count++;
    }
    double seconds = now() - start;
    require(sum + bytes > 0, "an empty topic");
    printf("{\"perSecond\": %.0f, \"events\": %zu}\n", count / seconds, count);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

int main(int count, char **arguments) {
    require(count >= 3, "raw MODE DIR …");
    const char *mode = arguments[1], *directory = arguments[2];
    void *context = zmq_ctx_new();
    if (!strcmp(mode, "serve")) serve(open_socket(context, ZMQ_ROUTER, directory, "raw.calls", 1));
    if (!strcmp(mode, "call"))
        call(open_socket(context, ZMQ_DEALER, directory, "raw.calls", 0), atoi(arguments[3]), atof(arguments[4]));
    if (!strcmp(mode, "publish")) publish(open_socket(context, ZMQ_XPUB, directory, "raw.events", 1));
    if (!strcmp(mode, "subscribe")) subscribe(open_socket(context, ZMQ_SUB, directory, "raw.events", 0), atof(arguments[3]));
    if (!strcmp(mode, "scan")) scan(directory, arguments[3]);
    return 0;
}
