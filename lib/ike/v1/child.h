/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A pair of ESP SAs of a peer: how long it lives, when it is renewed (RFC 2407, 4.5; RFC 2408, 5.15). The keys are core's. */
#ifndef L2S_IKE_V1_CHILD_H
#define L2S_IKE_V1_CHILD_H

#include "ike/v1/peer.h"

#define L2S_V1_CHILDREN_MAX 16 /* of one peer; then the oldest goes */

struct l2s_v1_child {
    struct l2s_v1_grave grave; /* first */
    struct l2s_node node;      /* of peer->children, newest last */
    struct l2s_v1_peer *peer;
    uint64_t id;
    uint32_t spi_in, spi_out;
    uint32_t life_kb; /* 0: no limit */
    bool initiator, gone;
    bool proven;                 /* the peer has it, too */
    uint64_t soft_due, hard_due; /* soft_due 0: nothing to renew any more */
    struct l2s_timer timer;
};

/* Give a new pair to core; replaces (0: none) goes a little later. It is renewed in time for info's lifetime, but ends with
 * life_s, the peer's. What is wrong is told by the result, and then there is none. */
int l2s_v1_child_up(struct l2s_v1_peer *p, const struct l2s_ike_child *info, uint32_t life_s, uint64_t replaces);
/* The peer has this pair, too: says its message 3, or a packet that core got by it. */
void l2s_v1_child_confirm(struct l2s_v1_peer *p, uint64_t id);
void l2s_v1_child_used(struct l2s_v1_peer *p, uint64_t id);
/* The exchange that made it was never finished: it goes, and the one before is to be renewed after all. */
void l2s_v1_child_unproven(struct l2s_v1_peer *p, uint64_t id);
/* Forget it without a word to anybody; twice does no harm. */
void l2s_v1_child_end(struct l2s_v1_child *c);
/* And tell core. */
void l2s_v1_child_down(struct l2s_v1_child *c);
/* And tell the peer, under the newest IKE SA if there is one. */
void l2s_v1_child_delete(struct l2s_v1_child *c);
/* A renewal failed: again, after a quarter of what is left. */
void l2s_v1_child_retry(struct l2s_v1_child *c);

struct l2s_v1_child *l2s_v1_child_newest(const struct l2s_v1_peer *p); /* NULL: none */

#endif
