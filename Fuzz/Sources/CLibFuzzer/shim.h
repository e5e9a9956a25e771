#pragma once
#include <stddef.h>
#include <stdint.h>

/* libFuzzer used as a library (llvm.org/docs/LibFuzzer.html, "Using libFuzzer as a library"): the main function
   stays ours. */
int LLVMFuzzerRunDriver(
    int *argc, char ***argv, int (*run_one)(const uint8_t *bytes, size_t count));
