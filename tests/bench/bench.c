/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "bench/bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS_MAX 101u

double bench_now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double bench_gbit(double ns, size_t bytes)
{
    return (double)bytes * 8 / ns;
}

struct bench_options bench_options(int argc, char **argv)
{
    struct bench_options o = {.rounds = 15, .slice_ns = 1e6};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--quick") == 0)
            o = (struct bench_options){.rounds = 5, .slice_ns = 2e5};
    }
    return o;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Nanoseconds of one packet, over runs that take a slice together. */
static double measure(const struct bench_side *s, double slice_ns)
{
    double spent = 0;
    size_t packets = 0;

    while (spent < slice_ns) {
        if (s->prepare)
            s->prepare(s->arg);
        double from = bench_now_ns();
        s->run(s->arg);
        spent += bench_now_ns() - from;
        packets += s->packets;
    }
    return spent / (double)packets;
}

void bench_compare(const struct bench_options *o, struct bench_side *sides, size_t n)
{
    double(*seen)[ROUNDS_MAX] = calloc(n, sizeof *seen);
    unsigned rounds = o->rounds < ROUNDS_MAX ? o->rounds : ROUNDS_MAX;

    if (!seen)
        abort();
    for (size_t i = 0; i < n; i++)
        (void)measure(&sides[i], o->slice_ns / 4); /* warm */
    for (unsigned r = 0; r < rounds; r++) {
        for (size_t i = 0; i < n; i++)
            seen[i][r] = measure(&sides[i], o->slice_ns);
    }
    for (size_t i = 0; i < n; i++) {
        qsort(seen[i], rounds, sizeof seen[i][0], compare);
        sides[i].ns = seen[i][rounds / 2];
    }
    free(seen);
}
