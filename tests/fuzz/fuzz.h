/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What every fuzz target shares. A target is one file: it takes any bytes, puts them through a decoder, and checks what must hold of
 * whatever comes out. libFuzzer, AFL++ and replay.c each bring a main() that calls it. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "wire/rd.h"
#include "wire/wr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names are libFuzzer's. */
int LLVMFuzzerInitialize(int *argc, char ***argv); /* optional: once, before the first input */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed); /* optional */

/* What must hold: the input that breaks it is a finding. */
#define FUZZ_CHECK(what) ((what) ? (void)0 : fuzz_broken(#what, __FILE__, __LINE__))

static inline _Noreturn void fuzz_broken(const char *what, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

/* Both are the same bytes. */
static inline bool fuzz_same(const void *a, size_t a_len, const void *b, size_t b_len)
{
    return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

/* Text for events: printable ASCII, ended within its room. */
static inline void fuzz_text(const char *text, size_t len, size_t cap)
{
    FUZZ_CHECK(len < cap);
    FUZZ_CHECK(text[len] == '\0');
    for (size_t i = 0; i < len; i++)
        FUZZ_CHECK(text[i] >= 0x20 && text[i] <= 0x7e);
}

/* What a reader borrows lies within what it was made of. */
static inline void fuzz_within(struct l2s_rd part, const uint8_t *data, size_t size)
{
    if (part.left) {
        FUZZ_CHECK(!part.bad && part.p >= data && part.p <= data + size);
        FUZZ_CHECK(part.left <= size - (size_t)(part.p - data));
    }
}

#endif
