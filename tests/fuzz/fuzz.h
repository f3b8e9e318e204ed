/*
 * What every fuzz target starts from: libFuzzer calls LLVMFuzzerTestOneInput with bytes, and
 * whatever must never be true ends in MUST.
 */
#ifndef SEALROOM_TESTS_FUZZ_H
#define SEALROOM_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
