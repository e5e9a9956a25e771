/* Linked into each program that scripts/sanitize builds. It changes nothing of what is tested: it tells a sanitizer what it
   cannot see, and keeps it alive where the server binds itself. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <sys/resource.h>

/* Here and not in the environment: the image worker starts without variables. */
const char *__tsan_default_options(void) { return SANITIZER_OPTIONS; }
const char *__asan_default_options(void) { return SANITIZER_OPTIONS; }

/* The image worker allows itself 512 MiB of addresses and no new descriptor; a sanitizer reserves terabytes, and opens a file
   to report. Those two limits are left out. */
int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit) {
    if (resource == RLIMIT_AS || (resource == RLIMIT_NOFILE && limit->rlim_max < 100)) return 0;
    return prlimit(0, resource, limit, 0);
}

/* A Mutex of Swift's standard library for which two threads meet is taken and given back inside that library, which is not
   instrumented: what comes before the one is told here to come before the other. Mutexes that nobody waits for are taken and
   given back in code that the compiler puts into ours. */

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void lock(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void lock(uint32_t thread, SELF) {
    static SWIFT void (*next)(uint32_t, SELF);
    if (!next) next = (SWIFT void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, LOCK);
    next(thread, self);
    if (__tsan_acquire) __tsan_acquire(self);
}

SWIFT _Bool try_lock(SELF) __asm__(TRY_LOCK);
SWIFT _Bool try_lock(SELF) {
    static SWIFT _Bool (*next)(SELF);
    if (!next) next = (SWIFT _Bool (*)(SELF))dlsym(RTLD_NEXT, TRY_LOCK);
    _Bool is_taken = next(self);
    if (is_taken && __tsan_acquire) __tsan_acquire(self);
    return is_taken;
}

SWIFT void unlock(SELF) __asm__(UNLOCK);
SWIFT void unlock(SELF) {
    static SWIFT void (*next)(SELF);
    if (!next) next = (SWIFT void (*)(SELF))dlsym(RTLD_NEXT, UNLOCK);
    if (__tsan_release) __tsan_release(self);
    next(self);
}
