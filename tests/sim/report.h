/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What a run was like, in a few lines. */
#ifndef TESTS_SIM_REPORT_H
#define TESTS_SIM_REPORT_H

#include "sim/sim.h"

/* All that regions which know nothing of each other add up to. */
struct tally {
    struct counts n;
    struct series connect, recover;
    uint64_t clients, servers, trace, up, allowed, total_up, total;
    double lowest, lowest_total; /* per cent, of one client */
    unsigned violated;
};

/* 1000 clients are so many at a time, with a server each time: what they do fits a processor's cache, and what goes wrong is shown
 * again by one region alone. */
#define REGION 100u

/* A seed's run, region after region. */
void tally_run(struct tally *t, const struct options *o);
void tally_fini(struct tally *t);
/* Of 10 000 in order of size, how large the so many-th is; 0: there are none. Sorts. */
uint32_t tally_part(struct series *r, unsigned of_10000);
void tally_report(struct tally *t, const struct options *o, double seconds);

#endif
