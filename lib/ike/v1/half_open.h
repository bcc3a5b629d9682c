/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Initiators that have not proven who they are, but where they are: their message 3 brought our cookie back (offers.h). Their
 * number is bounded, in all and by source address; with a proven message 5 the record ends. Aggressive mode, and servers that dial
 * back, have it from message 1 on. */
#ifndef L2S_IKE_V1_HALF_OPEN_H
#define L2S_IKE_V1_HALF_OPEN_H

#include "base/hash.h"
#include "base/list.h"
#include "base/sys.h"
#include "ike/common/header.h"
#include "ike/common/vendor.h"

#include <l2tpsec/l2tpsec.h>

struct l2s_ike;
struct l2s_ike_config;

#define L2S_HALF_OPEN_LIFE (30 * L2S_SECOND)
#define L2S_HALF_OPEN_PER_SOURCE 32 /* at least; a NAT has many clients, who may all dial again at once */
#define L2S_HALF_OPEN_SHARE 4       /* or this part of all */
#define L2S_HALF_OPEN_SA_MAX 2048   /* bytes of an SA payload that are kept */

struct l2s_half {
    struct l2s_hnode by_cookie; /* initiator's cookie and source address */
    struct l2s_hnode by_source; /* source address without port */
    struct l2s_node node;       /* oldest first */
    uint64_t due;
    const struct l2s_ike_config *cfg;
    uint64_t channel; /* not 0: answered because we have this channel with the same address */
    uint64_t sa;      /* handle of the IKE SA, from message 3 on */
    uint8_t icookie[L2S_COOKIE], rcookie[L2S_COOKIE];
    l2tpsec_addr local, remote;
    bool marker, complained;
    struct l2s_vendors vendors;
    uint16_t n;
    uint8_t sai[]; /* body of the SA payload: the answer is made from it, and hashes cover it */
};

struct l2s_half_open {
    struct l2s_ike *e;
    struct l2s_hash by_cookie, by_source;
    struct l2s_node cold, warm; /* before and after message 3 */
    size_t n;
    struct l2s_timer timer;
};

int l2s_half_open_init(struct l2s_half_open *t, struct l2s_ike *e, const uint8_t key[16]);
void l2s_half_open_fini(struct l2s_half_open *t);

/* The same address; of IPv6, the same /64. */
bool l2s_half_open_same_source(const l2tpsec_addr *a, const l2tpsec_addr *b);
/* So many are from there (of IPv6: from its /64) that each could cost us a Diffie-Hellman more than we owe one source. */
bool l2s_half_open_crowded(const struct l2s_half_open *t, const l2tpsec_addr *remote, uint32_t most);

/* A new record with room for n bytes of SA payload; NULL when there is no memory. Makes room by the rules above. */
struct l2s_half *l2s_half_open_add(struct l2s_half_open *t, const uint8_t icookie[L2S_COOKIE],
                                   const l2tpsec_addr *remote, size_t n, uint32_t most);
struct l2s_half *l2s_half_open_find(const struct l2s_half_open *t, const uint8_t icookie[L2S_COOKIE],
                                    const l2tpsec_addr *remote);
/* Message 3 came: it stays a while longer, and is not the first to go any more. */
void l2s_half_open_warm(struct l2s_half_open *t, struct l2s_half *h);
void l2s_half_open_remove(struct l2s_half_open *t, struct l2s_half *h);
/* The channel for whose sake they were answered is gone. */
void l2s_half_open_forget(struct l2s_half_open *t, uint64_t channel);

#endif
