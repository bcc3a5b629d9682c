/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* One IKE SA: cookies, keys, the negotiation that makes it, the exchanges it protects (RFC 2408, 2.1). */
#ifndef L2S_IKE_V1_SA_H
#define L2S_IKE_V1_SA_H

#include "base/fsm.h"
#include "ike/common/natt.h"
#include "ike/common/retransmit.h"
#include "ike/common/sa.h"
#include "ike/v1/crypt.h"
#include "ike/v1/engine.h"

struct l2s_v1_peer;

/* What only phase 1 needs; forgotten when it is over. */
struct l2s_v1_talk {
    struct l2s_retransmit ours;
    struct l2s_v1_path path; /* while it has no peer */
    struct l2s_v1_blob ni, nr, gxi, gxr, sai;
    struct l2s_v1_blob its_id; /* aggressive mode, responder: body of the initiator's ID payload */
    struct l2s_v1_blob held;   /* responder: message 5, while a key for it is looked for */
    struct l2s_v1_path held_from;
    uint64_t held_mark;
    uint32_t question; /* aggressive mode, responder: bytes of message 1 */
    struct l2s_dh *dh;
    uint8_t skeyid[L2S_HASH_MAX];
    uint8_t secret[L2S_DH_MAX];
    size_t secret_len; /* 0: not agreed yet */
    uint8_t psk[L2S_PSK_MAX];
    size_t psk_len;
    uint8_t sig[L2S_SIGNATURE_MAX];
    size_t sig_len;              /* our signature; 0: not made yet */
    struct l2s_failure *refused; /* the peer's certificate or signature will not do, and this is why */
    uint64_t bad_mark;           /* responder: message 5 that did not fit, so that its copies cost nothing */
    const char *step, *hint;
    struct l2s_ike_id proven; /* responder: who it is, while we sign */
    uint32_t candidate;       /* responder: of the key on trial */
    uint64_t key;             /* responder: mark of the one that fits */
    uint32_t cause;           /* what an unproven word made likely; 0: nothing was said */
    unsigned bad;             /* how many messages 5 did not fit */
    uint16_t notify;          /* that word */
    uint16_t refused_notify;
    uint16_t first, n;              /* initiator: the slice of the policy on offer */
    uint8_t held_first;             /* type of the first payload of message 5 */
    bool held_clear;                /* it came unencrypted */
    bool proven_contact;            /* who is proven said INITIAL-CONTACT */
    char offered[L2S_FAILURE_TEXT]; /* by the peer, when it is not what we allow */
};

#define L2S_V1_IDS_KEPT 16 /* a pair an hour, and an IKE SA for eight */

/* The last message ids that were used up. */
struct l2s_v1_ids {
    uint32_t id[L2S_V1_IDS_KEPT];
    uint32_t next;
};

struct l2s_v1_sa {
    struct l2s_v1_grave grave; /* first */
    struct l2s_hnode hnode;    /* of engine->sas */
    struct l2s_node node;      /* of peer->sas, newest last */
    struct l2s_ike *e;
    struct l2s_v1_peer *peer; /* NULL: a responder whose initiator is not proven */
    const struct l2s_ike_config *cfg;
    struct l2s_half *half; /* responder, until proven */
    uint64_t id;           /* handle, and token of questions for its key */
    struct l2s_fsm fsm;    /* main_mode.h */
    bool initiator, up, gone;
    bool aggressive;    /* made by aggressive mode: aggressive.h */
    bool dialled_back;  /* responder, to a server that we dialled */
    bool encap;         /* the same, to whom ESP is to go in UDP, NAT or not */
    bool contact_over;  /* INITIAL-CONTACT was said, or its time is over */
    bool delete_at_end; /* say DELETE when hard_due comes */
    bool dpd_seen;
    uint8_t icookie[L2S_COOKIE], rcookie[L2S_COOKIE];
    struct l2s_ike_proposal proposal;
    struct l2s_v1_keys keys;
    uint8_t iv[L2S_CIPHER_BLOCK_MAX]; /* last block of phase 1 */
    struct l2s_nat nat;
    enum l2s_natt natt;
    struct l2s_vendors vendors;
    struct l2s_v1_talk *talk; /* NULL: phase 1 is over */
    struct l2s_repeat theirs;
    uint64_t born, up_at, soft_due, hard_due; /* renew, forget; 0: never */
    struct l2s_timer timer;                   /* negotiation: when to lose patience; then soft_due and hard_due */
    struct l2s_node quicks;                   /* newest last */
    struct l2s_v1_ids quick_ids, info_ids;    /* of exchanges that are over */
    uint32_t life_s;                          /* as negotiated */
    uint32_t dpd_in;                          /* last number of the peer's R-U-THERE, when dpd_seen */
};

/* A new SA under these cookies (rcookie may be zero), in no state; NULL: no memory or no chance. */
struct l2s_v1_sa *l2s_v1_sa_new(struct l2s_ike *e, bool initiator, const uint8_t icookie[L2S_COOKIE],
                                const uint8_t rcookie[L2S_COOKIE]);
/* Unhook it with all that belongs to it, saying nothing and telling nobody. Twice does no harm. */
void l2s_v1_sa_end(struct l2s_v1_sa *sa);

struct l2s_v1_sa *l2s_v1_sa_find(const struct l2s_ike *e, const uint8_t icookie[L2S_COOKIE],
                                 const uint8_t rcookie[L2S_COOKIE]);
/* The responder's cookie is known now. */
int l2s_v1_sa_name(struct l2s_v1_sa *sa, const uint8_t rcookie[L2S_COOKIE]);

struct l2s_v1_path *l2s_v1_sa_path(struct l2s_v1_sa *sa);
/* What traces call it: its channel's number; of a connect that has none yet, its own number with this bit; else 0. */
#define L2S_V1_NOT_A_CHANNEL (UINT64_C(1) << 63)
uint64_t l2s_v1_sa_channel(const struct l2s_v1_sa *sa);

int l2s_v1_sa_step(struct l2s_v1_sa *sa, unsigned event, const void *arg);

/* Phase 1 is proven: forget the talk, begin to count its life. */
void l2s_v1_sa_up(struct l2s_v1_sa *sa);
/* How long we would have it last, in seconds. */
uint32_t l2s_v1_sa_wanted_life(const struct l2s_v1_sa *sa);
/* Plan its end from what is negotiated. */
void l2s_v1_sa_schedule(struct l2s_v1_sa *sa);
/* Its renewal failed: again, after a quarter of what is left. */
void l2s_v1_sa_retry(struct l2s_v1_sa *sa);
/* Take it down with a DELETE (RFC 2408, 5.15). */
void l2s_v1_sa_delete(struct l2s_v1_sa *sa);
/* Let it be deleted a while from now, unless it ends earlier. */
void l2s_v1_sa_retire(struct l2s_v1_sa *sa, uint64_t after);

/* Header of a message under this SA. */
struct l2s_isakmp l2s_v1_sa_header(const struct l2s_v1_sa *sa, uint8_t exchange, uint8_t flags, uint32_t message_id);
/* Both cookies, in a notify about this SA. Some leave one or both at zero. */
bool l2s_v1_sa_named(const struct l2s_v1_sa *sa, const struct l2s_rd *cookies);
/* By what two pre-shared keys are known to be the same when they are wiped. */
uint64_t l2s_v1_key_mark(const struct l2s_v1_talk *t, const struct l2s_ike *e);
/* What messages 1 to 4 said. */
struct l2s_v1_said l2s_v1_sa_said(const struct l2s_v1_sa *sa);

/* Has this message id been used up; remember that it is. */
bool l2s_v1_used(const struct l2s_v1_ids *ids, uint32_t message_id);
void l2s_v1_use(struct l2s_v1_ids *ids, uint32_t message_id);
/* A fresh one of ours. */
int l2s_v1_sa_fresh_id(struct l2s_v1_sa *sa, uint32_t *out);

#endif
