/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What is the same for one packet of a link after the other, found out once. It holds while nothing but packets
 * passes: whatever else happens in a context begins a new epoch of it, and so does every second. */
#ifndef L2S_CORE_WAY_H
#define L2S_CORE_WAY_H

#include <l2tpsec/l2tpsec.h>
#include <stdbool.h>

struct l2s_child;
struct l2s_esp_sa;
struct l2s_link;

#define L2S_WAY_HEAD 24u /* UDP, L2TP and PPP headers at their longest */

/* Out: from an IP packet to the job that seals it. */
struct l2s_way_out {
    uint64_t epoch; /* of the context, when it was made */
    struct l2s_child *by;
    struct l2s_esp_sa *sa;
    uint16_t mtu, mtu_flexible;             /* of packets that may not be fragmented, and of those that may */
    uint16_t clamp;                         /* MTU that TCP is told of; 0: not */
    uint8_t len, length_at, l2tp_length_at; /* ..._at: where in head, from its beginning; of L2TP 0: not there */
    uint8_t ns_at;                          /* 0: not numbered */
    bool ipv6, sealed, checksum;
    uint8_t head[L2S_WAY_HEAD]; /* the headers at its end; they are made when the link comes up (l2s_link_template) */
    l2tpsec_addr local, remote;
    uint32_t transport;
};

#define L2S_MARK_MAX 16u

/* L2TP and PPP headers in front of an IP packet, as the last one had them. */
struct l2s_mark {
    uint64_t want[2], mask[2]; /* of the first bytes */
    uint8_t len;               /* 0: there was none */
    bool length;               /* there is an L2TP Length */
};

/* In: from an inner UDP datagram of an SA to the IP packet. */
struct l2s_way_in {
    uint64_t epoch;
    struct l2s_link *link;
    l2tpsec_id id;
    struct l2s_mark ipv4, ipv6;
    bool any_source;
    uint8_t source[4]; /* else this alone */
    uint16_t clamp;
    l2tpsec_addr remote; /* where they come from */
};

/* Make them. 0, or the L2TPSEC_DROP_ value that says why there is none. */
uint32_t l2s_way_out(struct l2s_link *l);
void l2s_way_in(struct l2s_link *l, struct l2s_way_in *way);

#endif
