/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Any number of links between two contexts, in one process, over a network that loses nothing, in virtual time. */
#ifndef TESTS_BENCH_LINKS_H
#define TESTS_BENCH_LINKS_H

#include <l2tpsec/l2tpsec.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINKS_SECOND UINT64_C(1000000)
#define LINKS_KEPT 256u /* packets that are looked at instead of sent */

struct links;

/* One of the two. */
struct links_end {
    struct links *all;
    struct links_end *peer;
    l2tpsec *ctx;
    l2tpsec_profile *profile;
    l2tpsec_id *link;    /* client: as connect gave them */
    uint8_t (*inner)[4]; /* client: its address inside, by the slot of its link (the low half of the id) */
    void (*counts)(bool ours, size_t n, bool more); /* a block came or went; NULL: nobody counts */
    l2tpsec_packet kept[LINKS_KEPT];                /* while links.keep: what was sent */
    size_t n_kept, delivered;
    /* Processor time of calls while links come up or time passes: all, the longest tick, and the longest other call. */
    double busy_ns, longest_tick_ns, longest_ns;
    unsigned long ticks;
};

struct links {
    struct links_end client, server;
    uint64_t now;
    size_t max, n;
    bool keep;  /* what is sent is kept, not carried */
    bool users; /* each link has a user of its own */
    struct flight *flights;
    size_t n_flights, room;
};

/* Two contexts that could have so many links. counts: see links_end. */
void links_init(struct links *l, size_t max, uint32_t engine, const char *ike, const char *esp,
                void (*counts)(bool ours, size_t n, bool more));
void links_fini(struct links *l);
/* So many more, dialled some at a time; all are up afterwards. */
void links_connect(struct links *l, size_t n);
/* Forget what was counted of calls. */
void links_reset(struct links *l);
/* Hang all up at the client, and let time pass until neither end has any. */
void links_close(struct links *l);
/* Let time pass, and carry what is sent meanwhile. */
void links_pass(struct links *l, uint64_t us);
double links_processor_ns(void); /* of this thread: what others do on this machine does not count */
l2tpsec_stats links_stats(const struct links_end *e);

#endif
