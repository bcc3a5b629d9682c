/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* IKE messages in pieces (payload 132), as Windows, Apple, racoon and Cisco send those with certificates, since firewalls drop IP
 * fragments. No standard describes it; each piece is an ISAKMP header, and behind it:
 *
 *      next 0 | 0 | length (2) | fragment id (2) | number from 1 | flags: 1 is the last | bytes of the whole message
 *
 * Pieces are not authenticated, so they are kept for SAs and half-open initiators only whose cookies fit, few of them, not long. */
#ifndef L2S_IKE_V1_FRAGMENT_H
#define L2S_IKE_V1_FRAGMENT_H

#include "base/list.h"
#include "base/sys.h"
#include "ike/common/header.h"

#include <l2tpsec/l2tpsec.h>

struct l2s_ike;
struct l2s_v1_path;

#define L2S_V1_FRAGMENTS 32u     /* of a message: Windows is seen to send 29 */
#define L2S_V1_FRAGMENT_SETS 64u /* messages that are put together at a time, with so many bytes of pieces: */
#define L2S_V1_FRAGMENT_BYTES (512u * 1024u)
#define L2S_V1_FRAGMENT_SHARE 4u   /* of both, this part from one address: who has more pushes out his own */
#define L2S_V1_FRAGMENT_LEAST 576u /* IP packets that need not be cut (RFC 791, 3.1) */
#define L2S_V1_FRAGMENT_MAX 1500u  /* longest IP packet of ours with a piece */
#define L2S_V1_FRAGMENT_LIFE (20 * L2S_SECOND)

struct l2s_v1_fragments {
    struct l2s_node sets; /* oldest first */
    unsigned n;
    size_t bytes; /* of all pieces here */
    struct l2s_timer timer;
};

int l2s_v1_fragments_init(struct l2s_ike *e);
void l2s_v1_fragments_fini(struct l2s_ike *e);

/* Take one piece. The whole message when this was the missing one (the caller's), else NULL. */
uint8_t *l2s_v1_fragments_take(struct l2s_ike *e, const struct l2s_v1_path *from, const struct l2s_isakmp *h,
                               struct l2s_rd body, size_t *n);

/* Send a message of ours in pieces, if it is long and the peer has said that it takes them; false: send it whole. */
bool l2s_v1_fragments_emit(struct l2s_ike *e, const struct l2s_v1_path *to, const uint8_t *p, size_t n);

#endif
