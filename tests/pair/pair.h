/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One client and one server, and what nearly every pair test does with them. */
#ifndef TESTS_PAIR_PAIR_H
#define TESTS_PAIR_PAIR_H

#include "pair/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* after the ones above */
#include <cmocka.h>

#define SECOND UINT64_C(1000000)

struct pair {
    struct net net;
    struct host *client, *server;
    l2tpsec_profile *cp, *sp;
};

void pair_setup(struct pair *p, uint64_t seed);
void pair_set(l2tpsec_profile *p, const char *name, const char *value);
void pair_listen(struct pair *p);
/* Dial and wait for both ends' UP events. */
void pair_up(struct pair *p, struct host *client, l2tpsec_profile *cp, struct said *cs, struct said *ss);
/* Send n packets of len bytes, which the server echoes; how many came back. */
unsigned pair_pings(struct pair *p, struct host *from, const struct said *up, unsigned n, size_t len);
/* Dial, and wait for the failure. */
const struct said *pair_fails(struct pair *p, uint64_t within);

#endif
