/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What the parts of IKEv1 share: the engine itself, paths, the burial of objects, dropping and saying. */
#ifndef L2S_IKE_V1_ENGINE_H
#define L2S_IKE_V1_ENGINE_H

#include "base/errors.h"
#include "base/hash.h"
#include "base/idtab.h"
#include "base/list.h"
#include "base/wipe.h"
#include "ike/common/payload.h"
#include "ike/v1/fragment.h"
#include "ike/v1/half_open.h"
#include "ike/v1/ike.h"
#include "ike/v1/offers.h"

#define L2S_V1_MESSAGE_MAX 8192 /* longest message we build */
#define L2S_V1_TAKEN_MAX                                                                                               \
    40960               /* longest one of the peer: 32 fragments, with a request for each authority Windows trusts */
#define L2S_V1_NONCE 32 /* bytes of ours; 8 to 256 are taken (RFC 2409, 5) */
#define L2S_V1_NONCE_MIN 8
#define L2S_V1_NONCE_MAX 256

/* Where a peer is, and whether messages go there with the non-ESP marker. */
struct l2s_v1_path {
    l2tpsec_addr local, remote;
    bool marker;
};

/* Everything that callbacks or payloads may end while it is in use begins with this: it is unhooked at once, and freed when
 * the outermost call into the engine returns. */
struct l2s_v1_grave {
    struct l2s_v1_grave *next;
    void (*bury)(struct l2s_ike *e, struct l2s_v1_grave *g);
};

/* So many at once, then some a second: for what strangers can provoke. */
struct l2s_v1_bucket {
    uint32_t tokens, most;
    uint32_t rate; /* 0: one a second */
    uint64_t filled_at;
};

#define L2S_V1_REFUSED_MARKS 16

struct l2s_ike {
    struct l2s_sys *sys;
    struct l2s_crypto *crypto;
    struct l2s_ike_port port;
    const struct l2s_ike_config *server; /* NULL: never listened */
    uint64_t terms;                      /* what it makes of an offer: hash of its settings for that */
    uint64_t listened;                   /* the how manieth with other terms it is */
    bool listening;
    struct l2s_hash sas;    /* by cookies */
    struct l2s_hash peers;  /* channels by where they are */
    struct l2s_hash owners; /* peers we dialled, by their owner */
    struct l2s_idtab sa_ids, channels;
    struct l2s_offers offers;
    struct l2s_half_open half;
    struct l2s_v1_fragments fragments;
    struct l2s_v1_grave *graves;
    unsigned depth;
    uint64_t last_child;
    struct l2s_v1_bucket events, notifies;
    struct l2s_v1_bucket aggressive;        /* exchanges of strangers that cost a Diffie-Hellman each */
    uint64_t refused[L2S_V1_REFUSED_MARKS]; /* first messages whose refusal was reported */
    unsigned next_refused;
    struct l2s_ike_stats stats;
    uint8_t buf[L2S_V1_MESSAGE_MAX]; /* the message being built */
};

/* Every way into the engine is bracketed by these, timers included. */
void l2s_v1_enter(struct l2s_ike *e);
void l2s_v1_leave(struct l2s_ike *e);
void l2s_v1_bury(struct l2s_ike *e, struct l2s_v1_grave *g, void (*bury)(struct l2s_ike *e, struct l2s_v1_grave *g));

bool l2s_v1_bucket_take(struct l2s_v1_bucket *b, uint64_t now);

void l2s_v1_drop(struct l2s_ike *e, uint64_t channel, uint32_t reason, const char *what);
void l2s_v1_say(struct l2s_ike *e, uint64_t channel, const char *direction, const char *what, int64_t value);
/* Show a message that is in the clear to whoever wants to see it; its header may say that it is encrypted. */
void l2s_v1_show(struct l2s_ike *e, uint64_t channel, const struct l2s_v1_path *path, bool sent, uint8_t *p, size_t n);
void l2s_v1_emit(struct l2s_ike *e, const struct l2s_v1_path *path, const uint8_t *p, size_t n);

/* L2TPSEC_OK, or ERANDOM. Never zero. */
int l2s_v1_random_number(struct l2s_ike *e, uint32_t *out);
int l2s_v1_random_cookie(struct l2s_ike *e, uint8_t out[L2S_COOKIE]); /* it leads to us, if there are several engines */
/* The same as responder, spoken to at this address. */
int l2s_v1_random_rcookie(struct l2s_ike *e, const l2tpsec_addr *local, uint8_t out[L2S_COOKIE]);
/* A random number below most; 0 when chance fails: for jitter only. */
uint64_t l2s_v1_jitter(struct l2s_ike *e, uint64_t most);

/* Bytes of our own: nonces, public values. */
struct l2s_v1_blob {
    uint8_t *p;
    size_t n;
};
int l2s_v1_blob_set(struct l2s_ike *e, struct l2s_v1_blob *b, const void *p, size_t n);
void l2s_v1_blob_free(struct l2s_ike *e, struct l2s_v1_blob *b);

static inline struct l2s_bytes l2s_v1_bytes(const struct l2s_v1_blob *b)
{
    struct l2s_bytes out = {.p = b->p, .n = b->n};

    return out;
}

static inline struct l2s_bytes l2s_v1_bytes_rd(const struct l2s_rd *r)
{
    struct l2s_bytes out = {.p = r->p, .n = r->left};

    return out;
}

static inline bool l2s_v1_same_ip(const l2tpsec_addr *a, const l2tpsec_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, a->family == 6 ? 16 : 4) == 0;
}

static inline bool l2s_v1_same_addr(const l2tpsec_addr *a, const l2tpsec_addr *b)
{
    return l2s_v1_same_ip(a, b) && a->port == b->port;
}

static inline bool l2s_v1_same_path(const struct l2s_v1_path *a, const struct l2s_v1_path *b)
{
    return l2s_v1_same_addr(&a->local, &b->local) && l2s_v1_same_addr(&a->remote, &b->remote) && a->marker == b->marker;
}

#define L2S_V1_NO_CERTIFICATE 766u /* what Windows says where a certificate or its key is missing */
struct l2s_failure l2s_v1_failure(uint32_t cause, const char *step, const char *hint);
/* What a failed call means for the link it happened to. */
uint32_t l2s_v1_cause_of(int rc);

#endif
