#pragma once

#include <spawn.h>

/* Both are in glibc, but declared for _GNU_SOURCE only, which the compiler's own module of glibc is built without. */
extern int pipe2(int descriptors[2], int flags);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

/* A pipe whose ends no child inherits unasked. */
static inline int gather_pipe(int descriptors[2], int flags) { return pipe2(descriptors, flags); }

/* The child gets no descriptor from this one on, whatever the daemon has open. */
static inline int gather_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}
