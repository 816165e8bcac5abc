// What Swift cannot see of libzmq and glibc by itself.
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

/// glibc shows this only to C files that ask for it.
extern int pthread_setname_np(pthread_t thread, const char *name);

/// Errors of libzmq that are macros of several kinds, as plain numbers.
static const int fai_EAGAIN = EAGAIN;
static const int fai_EINTR = EINTR;
static const int fai_EHOSTUNREACH = EHOSTUNREACH;
static const int fai_ETERM = ETERM;

/// zmq.h shows this number only with its draft functions; the option itself is in every release since 4.3.0.
static const int fai_ZMQ_ZAP_ENFORCE_DOMAIN = 93;

/// A wait that a signal has interrupted is over early: the loop goes round once more and waits again.
static inline int fai_poll(struct pollfd *items, nfds_t count, int milliseconds) {
    int result = poll(items, count, milliseconds);
    return result < 0 ? 0 : result;
}
