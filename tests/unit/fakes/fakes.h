/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Stand-ins for what core supplies: memory that counts and can run out, a clock that is set by hand, chance that repeats. */
#ifndef TESTS_FAKES_H
#define TESTS_FAKES_H

#include "base/sys.h"
#include "wire/rd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

struct fake_sys {
    struct l2s_sys sys;
    uint64_t seed;
    uint64_t fail_alloc_at; /* the n-th allocation from now fails once (1: the next); 0: none does */
    uint64_t fail_random_at;
    size_t blocks; /* not yet released */
};

void fake_sys_init(struct fake_sys *f);
/* Asserts that nothing is held any more. */
void fake_sys_fini(struct fake_sys *f);

/* Move the clock and fire what is due, stop by stop. */
void fake_advance(struct fake_sys *f, uint64_t us);

/* A reader over an exact-size heap copy, so that sanitizers see one byte over; freed by fake_rd_free. */
struct l2s_rd fake_rd_exact(const void *p, size_t n);
void fake_rd_free(void); /* frees every copy made so far */

/* Hex text (blanks ignored) to bytes; asserts that it fits. Returns the length. */
size_t fake_hex(const char *hex, uint8_t *out, size_t cap);

#endif
