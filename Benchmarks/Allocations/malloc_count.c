/* Counts what a process asks of malloc, for another process to read while it runs:
 *
 *     cc -O2 -shared -fPIC malloc_count.c -o malloc_count.so
 *     MALLOC_COUNT=FILE LD_PRELOAD=./malloc_count.so program
 *
 * FILE holds a `struct counters`, mapped by both; `counters.py` is the other side. Everything of the process is
 * counted: Swift's objects, NIO's buffers, BoringSSL, SQLite, libc itself. Linux with glibc, whose own names of the
 * functions (`__libc_malloc` …) spare looking for them with dlsym, which allocates.
 *
 * When the reader sets `samples_wanted`, the stacks of that many allocations are kept as well, and the counting goes on.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRAMES 40
#define SAMPLES 16384

/* The order is that of `counters.py`. Aligned allocations count as allocations. */
struct counters {
    _Atomic uint64_t allocations, reallocations, frees, bytes;
    _Atomic uint64_t samples_wanted, samples_taken;
    /* Return addresses from this library outwards; a zero ends them. */
    uint64_t stacks[SAMPLES][FRAMES];
};

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static struct counters *counters;

/* Of this library's own memory, so that reading it never allocates. */
static __thread int is_sampling __attribute__((tls_model("initial-exec")));

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("MALLOC_COUNT");
    if (!path) return;
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ftruncate(file, sizeof(struct counters)) != 0) {
        perror(path);
        _exit(1);
    }
    void *mapped = mmap(NULL, sizeof(struct counters), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED) {
        perror(path);
        _exit(1);
    }
    void *unused[2];
    backtrace(unused, 2); /* The first one loads libgcc, which allocates. */
    counters = mapped;
}

__attribute__((noinline)) static void sample(struct counters *to) {
    if (is_sampling) return;
    is_sampling = 1;
    uint64_t index = atomic_fetch_add_explicit(&to->samples_taken, 1, memory_order_relaxed);
    if (index < SAMPLES && index < atomic_load_explicit(&to->samples_wanted, memory_order_relaxed)) {
        void *frames[FRAMES];
        int count = backtrace(frames, FRAMES);
        for (int frame = 0; frame < count; frame++) to->stacks[index][frame] = (uint64_t)(uintptr_t)frames[frame];
    }
    is_sampling = 0;
}

static inline void count(_Atomic uint64_t *counter, uint64_t by) {
    atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

static void allocated(struct counters *to, size_t size) {
    count(&to->allocations, 1);
    count(&to->bytes, size);
    if (atomic_load_explicit(&to->samples_wanted, memory_order_relaxed)) sample(to);
}

void *malloc(size_t size) {
    if (counters) allocated(counters, size);
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    if (counters) allocated(counters, number * size);
    return __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    if (counters && old && size) {
        count(&counters->reallocations, 1);
        count(&counters->bytes, size);
        if (atomic_load_explicit(&counters->samples_wanted, memory_order_relaxed)) sample(counters);
    } else if (counters && size) {
        allocated(counters, size);
    } else if (counters && old) {
        count(&counters->frees, 1);
    }
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    if (counters) allocated(counters, size);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    if (counters) allocated(counters, size);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
    if (counters) allocated(counters, size);
    void *memory = __libc_memalign(alignment, size);
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}

void free(void *memory) {
    if (counters && memory) count(&counters->frees, 1);
    __libc_free(memory);
}
