/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Measuring things side by side. All sides of a comparison take turns, round by round, so that a machine which slows down or
 * speeds up does so for all of them; the median of the rounds is what counts. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stddef.h>
#include <stdint.h>

struct bench_side {
    void (*prepare)(void *arg); /* before every run, not measured; NULL: nothing */
    void (*run)(void *arg);     /* handles so many packets */
    void *arg;
    size_t packets;
    double ns; /* out: for one packet */
};

/* Rounds and the time of one side in one round: from the command line, "--quick" for a look. */
struct bench_options {
    unsigned rounds;
    double slice_ns;
};

struct bench_options bench_options(int argc, char **argv);
void bench_compare(const struct bench_options *o, struct bench_side *sides, size_t n);

double bench_gbit(double ns, size_t bytes); /* of packets of so many bytes that take so long each */
double bench_now_ns(void);

#endif
