/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "attack/cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
/* after the ones above */
#include <cmocka.h>

#define RUNS 9u
#define SHORT 8192u
#define RATIO 16.0                 /* of eight times the bytes */
#define SLACK_US 150.0             /* what the clock and the caches are worth */
#define LONGEST_US (2000.0 * SLOW) /* SLOW: by how much the build is slower than what it is built for */

static double now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double cost(cost_make make, cost_run run, size_t want, size_t *n)
{
    static uint8_t made[COST_MOST], copy[COST_MOST];
    double least = 1e12;

    *n = make(made, want);
    assert_in_range(*n, 1, sizeof made);
    for (unsigned i = 0; i < RUNS; i++) {
        memcpy(copy, made, *n);
        double from = now_us();
        run(copy, *n);
        double took = now_us() - from;
        least = took < least ? took : least;
    }
    return least;
}

void cost_is_linear(const char *name, cost_make make, cost_run run)
{
    size_t n_small, n_large;
    double small = cost(make, run, SHORT, &n_small), large = cost(make, run, COST_MOST, &n_large);

    print_message("# %-44s %5zu bytes %7.1f us, %5zu bytes %7.1f us\n", name, n_small, small, n_large, large);
    if (large > RATIO * small + SLACK_US * SLOW)
        fail_msg("%s: %.1f us for %zu bytes, but %.1f us for %zu", name, small, n_small, large, n_large);
    if (large > LONGEST_US)
        fail_msg("%s: %.1f us for %zu bytes", name, large, n_large);
}
