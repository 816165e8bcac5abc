// Bare libmicrohttpd: it answers `GET /health` as the gateway does and knows nothing else. It sets the ceiling.
//
//   hello PORT THREADS external|internal
//
// `external`: each thread waits on its daemon's epoll descriptor itself, as the gateway's loops would; connections are dealt in turn.
// `internal`: the threads and the one listening socket are libmicrohttpd's own. Prints `ready` once it listens; ended by a signal.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// libmicrohttpd clears a connection's whole pool for each request: a small one is what makes it fast.
enum { POOL = 8192, MAX_CONNECTIONS = 2048 };

static struct MHD_Response *health;
static int seen;

static void require(int ok, const char *what) {
    if (ok) return;
    perror(what);
    exit(1);
}

static enum MHD_Result answer(void *closure, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *body, size_t *body_size, void **state) {
    (void)closure, (void)method, (void)version, (void)body, (void)body_size;
    if (!*state) return *state = &seen, MHD_YES;
    return strcmp(url, "/health") ? MHD_NO : MHD_queue_response(connection, MHD_HTTP_OK, health);
}

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static struct MHD_Daemon *internal(int port, unsigned threads) {
    struct sockaddr_in address = loopback(port);
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, NULL, MHD_OPTION_SOCK_ADDR, &address,
                            MHD_OPTION_THREAD_POOL_SIZE, threads, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS, MHD_OPTION_END);
}

static struct MHD_Daemon *external(void) {
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC, 0, NULL, NULL, answer, NULL,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)MAX_CONNECTIONS, MHD_OPTION_END);
}

static void *loop(void *daemon) {
    struct pollfd waiting = {.fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, .events = POLLIN};
    for (;;) {
        // 0 means that there is work already; not to honour it is to wait for ever.
        MHD_UNSIGNED_LONG_LONG milliseconds;
        int timeout = MHD_get_timeout(daemon, &milliseconds) == MHD_YES ? (int)milliseconds : -1;
        if (timeout != 0) poll(&waiting, 1, timeout);
        MHD_run(daemon);
    }
    return NULL;
}

static void deal(int listener, struct MHD_Daemon **daemons, int count) {
    for (int turn = 0;; turn = (turn + 1) % count) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        int fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        MHD_add_connection(daemons[turn], fd, (struct sockaddr *)&peer, size);
    }
}

static int listen_on(int port) {
    struct sockaddr_in address = loopback(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    require(bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 1024) == 0, "listen");
    return fd;
}

static void ready(void) {
    puts("ready");
    fflush(stdout);
}

int main(int count, char **words) {
    require(count == 4, "hello PORT THREADS external|internal");
    int port = atoi(words[1]), threads = atoi(words[2]);
    const char *body = "{\"status\":\"healthy\"}";
    health = MHD_create_response_from_buffer(strlen(body), (void *)body, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(health, "Content-Type", "application/json");
    if (!strcmp(words[3], "internal")) {
        require(internal(port, threads) != NULL, "internal");
        ready();
        for (;;) pause();
    }
    int listener = listen_on(port);
    struct MHD_Daemon *daemons[threads];
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        require((daemons[i] = external()) != NULL, "external");
        pthread_create(&thread, NULL, loop, daemons[i]);
    }
    ready();
    deal(listener, daemons, threads);
}
