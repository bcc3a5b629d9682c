/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A client's and a server's context, joined by memory, with any number of links up between them. */
#ifndef TESTS_BENCH_MEMORY_NET_H
#define TESTS_BENCH_MEMORY_NET_H

#include <l2tpsec/l2tpsec.h>
#include <stdbool.h>

#define NET_CAUGHT 256u

struct memory_net;

struct memory_end {
    struct memory_net *net;
    struct memory_end *other;
    l2tpsec *ctx;
    l2tpsec_id *link;    /* as they came up */
    uint8_t (*inner)[4]; /* their addresses inside, of the client */
    unsigned n_up, n_max;
    size_t delivered;
    l2tpsec_packet caught[NET_CAUGHT]; /* with catching: what was sent, and where it lies */
    size_t n_caught;
};

struct memory_net {
    struct memory_end client, server;
    uint64_t now;
    bool catching; /* datagrams are not delivered, but caught */
    struct flight *first, **last;
};

/* A setting for both ends is NAME=VALUE; the list ends with NULL. Aborts when something does not come up. */
void memory_net_up(struct memory_net *n, unsigned links, uint32_t engine, const char *const *settings);
void memory_net_run(struct memory_net *n, uint64_t us);
void memory_net_down(struct memory_net *n);

#endif
