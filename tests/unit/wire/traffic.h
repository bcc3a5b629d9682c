/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* TCP and UDP packets to order, and a second opinion on their checksums: sums made byte by byte, in no way as the library does. */
#ifndef TESTS_TRAFFIC_H
#define TESTS_TRAFFIC_H

#include "unit/fakes/fakes.h"

struct traffic {
    uint8_t version, protocol; /* 4 or 6; 6 or 17 */
    uint8_t flags;             /* TCP; ACK when 0 */
    bool fragmentable;         /* IPv4 without DF */
    uint16_t id;
    uint32_t sequence;
    size_t options, payload; /* bytes */
    uint16_t port;           /* of the source */
};

/* The packet, checksums right; payload byte i is made of its sequence number plus i. Returns its length. */
size_t traffic_make(const struct traffic *t, uint8_t *out, size_t cap);
/* Make its checksums right. */
void traffic_seal(uint8_t *p, size_t n);
/* All of its checksums are. */
bool traffic_sound(const uint8_t *p, size_t n);
/* What stands in the checksum field of a packet whose checksum is to be computed: the sum of the pseudo header. */
uint16_t traffic_pseudo(const uint8_t *p, size_t n);
size_t traffic_transport(const uint8_t *p); /* bytes of the IP header */
size_t traffic_head(const uint8_t *p);      /* bytes of both headers */

#endif
