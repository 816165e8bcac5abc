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

/// Their headers define fd_set (as stdlib.h does), here in another way than Dispatch's module has it; the numbers are Linux's.
extern int atoi(const char *text);
extern int ioctl(int descriptor, unsigned long request, ...);
extern int getsockopt(int descriptor, int level, int name, void *value, unsigned int *size);
extern int shutdown(int descriptor, int how);

/// What the kernel has counted of a TCP connection, and a number that no other socket has; -1 for what is none (any more).
static inline int fai_tcp_counters(int descriptor, uint64_t *cookie, uint64_t *received, uint64_t *acknowledged) {
  // struct tcp_info of linux/tcp.h, which cannot be included beside glibc's older one: bytes acknowledged at 120, received at 128.
  unsigned char info[136];
  unsigned int size = sizeof info;
  if (getsockopt(descriptor, 6 /* IPPROTO_TCP */, 11 /* TCP_INFO */, info, &size) != 0 || size < sizeof info) return -1;
  size = sizeof *cookie;
  if (getsockopt(descriptor, 1 /* SOL_SOCKET */, 57 /* SO_COOKIE */, cookie, &size) != 0) return -1;
  int unread = 0;
  if (ioctl(descriptor, 0x541B /* FIONREAD */, &unread) != 0) return -1;
  memcpy(acknowledged, info + 120, 8);
  memcpy(received, info + 128, 8);
  *received -= (uint64_t)unread < *received ? (uint64_t)unread : *received;
  return 0;
}

/// Both directions at once.
static inline void fai_shutdown(int descriptor) { (void)shutdown(descriptor, 2 /* SHUT_RDWR */); }

/// zmq.h shows this number only with its draft functions; the option itself is in every release since 4.3.0.
static const int fai_ZMQ_ZAP_ENFORCE_DOMAIN = 93;

/// A wait that a signal has interrupted is over early: the loop goes round once more and waits again.
static inline int fai_poll(struct pollfd *items, nfds_t count, int milliseconds) {
    int result = poll(items, count, milliseconds);
    return result < 0 ? 0 : result;
}
