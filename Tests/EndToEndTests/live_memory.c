/* Loaded before all other libraries, it keeps the number of bytes that a process has allocated and not given back in a file that
 * others read: what the system counts for a process also holds what its allocator keeps for later, and so hides a small leak. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *block);

static _Atomic long before_the_file;
static _Atomic long *live = &before_the_file;

static void *count(void *block) {
    if (block) atomic_fetch_add_explicit(live, (long)malloc_usable_size(block), memory_order_relaxed);
    return block;
}

static void discount(void *block) {
    if (block) atomic_fetch_sub_explicit(live, (long)malloc_usable_size(block), memory_order_relaxed);
}

void *malloc(size_t bytes) { return count(__libc_malloc(bytes)); }
void *calloc(size_t number, size_t bytes) { return count(__libc_calloc(number, bytes)); }
void *memalign(size_t alignment, size_t bytes) { return count(__libc_memalign(alignment, bytes)); }
void *aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void **block, size_t alignment, size_t bytes) {
    *block = memalign(alignment, bytes);
    return *block ? 0 : 12; /* ENOMEM */
}

void *realloc(void *old, size_t bytes) {
    discount(old);
    void *moved = __libc_realloc(old, bytes);
    return moved || bytes == 0 ? count(moved) : (count(old), moved);
}

void free(void *block) {
    discount(block);
    __libc_free(block);
}

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("LIVE_MEMORY_FILE");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    _Atomic long *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared == MAP_FAILED) return;
    atomic_store(shared, atomic_load(&before_the_file));
    live = shared;
    /* The processes that this one starts have a memory of their own. */
    unsetenv("LD_PRELOAD");
}
