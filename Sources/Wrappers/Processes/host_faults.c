// Loaded before a process's other libraries: what may go wrong on a host. What goes wrong is said by the environment, from the beginning on:
//
//   FAULT_CLOCK   seconds that the wall clock is ahead
//   FAULT_NAME    a host's name that no name server answers for
//   FAULT_SYNC    milliseconds that a disk takes longer to have written something
//
// or by a file of at least a page, FAULT_PAGE, which is mapped, so that whoever writes it changes what goes wrong while the process runs
// (`FaultPage.swift`). Disks that are full or fail are Debian's libfiu, where it is loaded behind this: it asks `fate` at each write.
// libfaketime hangs Swift's run time; nothing but these few is wanted here.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { WRITES, SYNCS };

struct page {
    int64_t loaded;              // 1: this is; 3: libfiu is as well
    int64_t clock;               // seconds that the wall clock is ahead
    int64_t slow;                // microseconds that a sync takes longer
    int64_t seed;                // of the two below
    double odds[2];              // that a write finds no space, that a sync fails
    int64_t asked[2], failed[2]; // what came of it
};

static struct page own, *page = &own;

static long variable(const char *name) {
    const char *value = getenv(name);
    return value ? atol(value) : 0;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

// Disks

// The same for the same seed and the same count of those before it, whatever the threads do.
static double chance(int kind, int64_t number) {
    uint64_t x = (uint64_t)page->seed * 2 + (uint64_t)kind + (uint64_t)number * 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return (double)((x ^ (x >> 31)) >> 11) / 9007199254740992.0;
}

static int fate(const char *name, int *number, void **info, unsigned *flags) {
    int kind = strstr(name, "sync") ? SYNCS : WRITES;
    (void)number, (void)info, (void)flags;
    if (page->odds[kind] <= 0) return 0;
    int fails = chance(kind, __atomic_fetch_add(&page->asked[kind], 1, __ATOMIC_RELAXED)) < page->odds[kind];
    if (fails) __atomic_fetch_add(&page->failed[kind], 1, __ATOMIC_RELAXED);
    return fails;
}

static void ask_before(const char *point, int error) {
    int (*enable)(const char *, int, void *, unsigned, int (*)(const char *, int *, void **, unsigned *)) =
        (__typeof__(enable))dlsym(RTLD_DEFAULT, "fiu_enable_external");
    if (enable && enable(point, 1, (void *)(intptr_t)error, 0, fate) == 0) page->loaded |= 2;
}

static void begin_libfiu(void) {
    int (*init)(unsigned) = (int (*)(unsigned))dlsym(RTLD_DEFAULT, "fiu_init");
    if (!init || init(0) != 0) return;
    ask_before("posix/io/rw/pwrite", ENOSPC);
    ask_before("posix/io/sync/fsync", EIO);
    ask_before("posix/io/sync/fdatasync", EIO);
}

__attribute__((constructor)) static void begin(void) {
    own.clock = variable("FAULT_CLOCK");
    own.slow = variable("FAULT_SYNC") * 1000;
    const char *path = getenv("FAULT_PAGE");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *map = mmap(NULL, sizeof own, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (map == MAP_FAILED) return;
    page = map;
    begin_libfiu();
    // Last, so that who sees this one sees libfiu as well where it is there.
    page->loaded |= 1;
}

static void linger(void) {
    if (page->slow > 0) usleep((useconds_t)page->slow);
}

int fsync(int file) {
    REAL(fsync);
    linger();
    return real(file);
}

int fdatasync(int file) {
    REAL(fdatasync);
    linger();
    return real(file);
}

// The wall clock

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime);
    int result = real(clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += page->clock;
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec time;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &time);
    *now = (struct timeval){time.tv_sec, time.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *seconds) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (seconds) *seconds = now.tv_sec;
    return now.tv_sec;
}

// The kernel, which waits for that moment, knows nothing of the jump: libdispatch's semaphores would wait an hour longer.
int sem_timedwait(sem_t *semaphore, const struct timespec *until) {
    REAL(sem_timedwait);
    struct timespec moment = {until->tv_sec - page->clock, until->tv_nsec};
    return real(semaphore, &moment);
}

// Names

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    REAL(getaddrinfo);
    const char *silent = getenv("FAULT_NAME");
    while (silent && name && strcmp(name, silent) == 0) pause();
    return real(name, service, hints, result);
}
