/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A server and a crowd of clients, each at an address of its own, in virtual time; and whoever sends the server anything from
 * anywhere. The server is one core that takes its datagrams one after the other from a queue: while it is flooded, each one waits for
 * those ahead of it. */
#ifndef TESTS_ATTACK_CROWD_H
#define TESTS_ATTACK_CROWD_H

#include <l2tpsec/l2tpsec.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CROWD_MOST 128u
#define CROWD_DELAY 10000u /* one way, microseconds */

struct crowd;

struct crowd_end {
    struct crowd *crowd;
    l2tpsec *ctx;
    size_t held, peak; /* bytes, as the allocator sees them */
    unsigned records, refused, up, down;
    size_t delivered;
};

struct crowd {
    struct crowd_end server, clients;
    l2tpsec_profile *sp, *cp;
    uint64_t now;
    uint64_t queue; /* how long what comes to the server waits for its turn, microseconds */
    struct crowd_flight *flights;
    l2tpsec_id link[CROWD_MOST], server_link[CROWD_MOST];
    uint64_t dialled[CROWD_MOST], took[CROWD_MOST]; /* microseconds until it was up; 0: it is not */
    l2tpsec_addr inner[CROWD_MOST];                 /* of client and */
    unsigned n;
    uint64_t seed;
    uint8_t last[2048]; /* datagram of a client */
    size_t last_n;
    /* Of what the server sends to nobody of ours. */
    uint64_t astray, astray_bytes;
    size_t astray_longest;
    uint8_t astray_last[2048];
};

void crowd_init(struct crowd *c, const char *half_open);
void crowd_fini(struct crowd *c); /* asserts that nothing is held */
void crowd_dial(struct crowd *c); /* one more */
void crowd_hang_up(struct crowd *c);
void crowd_run(struct crowd *c, uint64_t us);
/* To the server, from there, now; returns why it was dropped. */
uint32_t crowd_send(struct crowd *c, const l2tpsec_addr *from, uint16_t port, uint8_t *p, size_t n);
/* What a client says first. */
size_t crowd_first_message(struct crowd *c, uint8_t *out, size_t cap);

struct crowd_flood {
    uint8_t first[1024];
    size_t n;
    uint8_t *life; /* two bytes of the offer */
    uint64_t sent;
};

void crowd_learn(struct crowd *c, struct crowd_flood *f);
/* So many first messages, each from its own address with its own cookie; and each offer is made once, if they are to differ. */
void crowd_flood(struct crowd *c, struct crowd_flood *f, bool differ, unsigned n);

uint64_t crowd_chance(struct crowd *c);
/* The k-th of a hundred connects, in order of the time they took. */
uint64_t crowd_took(const struct crowd *c, unsigned from, unsigned k);

#endif
