/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What strangers offered in their first messages, and the cookies that stand for it (RFC 2408, 2.5.3: anti-clogging). A stranger
 * leaves no trace of itself: our cookie is a MAC over where its message came from, its own cookie, and what it offered, and it leads
 * to that. Hashes cover the offer word by word, so it must be kept; but clients of a kind all say the same, and it is kept once.
 *
 * Who makes up offers without end can push out only those that nobody made true: an offer by which a peer proved itself stays
 * until many others did so, too. */
#ifndef L2S_IKE_V1_OFFERS_H
#define L2S_IKE_V1_OFFERS_H

#include "base/hash.h"
#include "base/list.h"
#include "base/sys.h"
#include "ike/common/header.h"
#include "ike/common/vendor.h"

struct l2s_ike;
struct l2s_v1_path;

#define L2S_OFFERS_MAX 1024
#define L2S_OFFERS_TRUE 128      /* of those, kept because peers proved themselves by them */
#define L2S_OFFERS_BYTES 131072u /* of all, likewise; each of those kept is at most 2048 */
#define L2S_COOKIE_EPOCH (15 * L2S_SECOND)
/* A cookie is good until so many have begun since: racoon may repeat message 3 after 10 and after 20 s. */
#define L2S_COOKIE_EPOCHS 3

struct l2s_offer {
    struct l2s_hnode by_words; /* its hash is over all that follows from vendors on */
    struct l2s_node node;      /* the one used longest ago first */
    uint64_t epoch;            /* when it was used last */
    uint16_t slot;
    bool proven;
    struct l2s_vendors vendors;
    uint16_t n;
    uint8_t sai[]; /* body of the SA payload */
};

struct l2s_offers {
    struct l2s_ike *e;
    uint8_t key[16];
    struct l2s_hash by_words;
    struct l2s_node fresh, proven;
    struct l2s_offer **slots; /* L2S_OFFERS_MAX, from the first one on */
    size_t n, n_proven, bytes, hand;
    struct l2s_timer timer; /* forgets what no good cookie leads to */
};

int l2s_offers_init(struct l2s_offers *t, struct l2s_ike *e, const uint8_t key[16]);
void l2s_offers_fini(struct l2s_offers *t);

/* The one with these words; NULL: no memory. It is good until the next call of this. */
struct l2s_offer *l2s_offers_note(struct l2s_offers *t, const struct l2s_vendors *vendors, struct l2s_rd sai);
/* Our cookie for who made this offer from there. */
void l2s_offers_cookie(const struct l2s_offers *t, const struct l2s_offer *o, const uint8_t icookie[L2S_COOKIE],
                       const struct l2s_v1_path *from, uint8_t rcookie[L2S_COOKIE]);
/* The offer that was answered with this cookie; NULL: it is none of ours, or too old. */
struct l2s_offer *l2s_offers_find(const struct l2s_offers *t, const uint8_t icookie[L2S_COOKIE],
                                  const uint8_t rcookie[L2S_COOKIE], const struct l2s_v1_path *from);
/* A peer that offered this in these words has proven itself. */
void l2s_offers_proven(struct l2s_offers *t, const struct l2s_vendors *vendors, struct l2s_rd sai);

#endif
