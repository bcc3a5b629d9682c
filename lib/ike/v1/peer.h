/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A peer, which is a channel once IKE proved it: what joins its IKE SAs and its SA pairs, where it is, and whether it lives. */
#ifndef L2S_IKE_V1_PEER_H
#define L2S_IKE_V1_PEER_H

#include "ike/v1/sa.h"

struct l2s_v1_child;

struct l2s_v1_peer {
    struct l2s_v1_grave grave; /* first */
    struct l2s_hnode hnode;    /* of engine->peers */
    struct l2s_hnode by_owner; /* of engine->owners, when we dialled it */
    struct l2s_ike *e;
    const struct l2s_ike_config *cfg;
    void *owner;
    uint64_t channel; /* 0 until phase 1 was proven */
    bool client;      /* we dialled it */
    bool gone;
    bool parted;   /* the peer was told that the children go */
    bool anew;     /* a renewal met silence, so it is tried under a new IKE SA */
    bool rekey;    /* a new pair is wanted as soon as there is an IKE SA */
    bool dpd_able; /* it answers R-U-THERE */
    bool encap;    /* ESP is to go in UDP, NAT or not */
    bool hearsay;  /* it is where its packets say, and nobody has answered from there yet */
    struct l2s_v1_path path;
    uint16_t local_nat_port, remote_nat_port; /* client: where 4500 is */
    struct l2s_nat nat;
    uint8_t id_type; /* 0: not known yet */
    struct l2s_v1_blob id_data;
    uint8_t method; /* enum l2s_auth_method: how it is proven, now and when renewed */
    bool dpd_asking;
    uint8_t dpd_needed; /* how often it had to be asked lately until it was heard, in quarters; 0: as once */
    uint32_t candidate; /* the key that fitted, */
    uint64_t key;       /* and its mark (l2s_v1_key_mark), where it dialled us; 0: a certificate */
    struct l2s_v1_blob own_name, its_name; /* of the newest pair that it asked for: ID bodies, for when we ask */
    struct l2s_node sas, children;         /* newest last */
    struct l2s_failure *why;               /* what the last renewal died of, for when the rest dies too */

    uint64_t heard, sent;        /* last sign of life; last time something went out */
    uint64_t attempt;            /* when the exchange under way was begun */
    uint32_t dpd_first, dpd_seq; /* R-U-THERE: first and last number that may still be acknowledged */
    uint32_t dpd_base;           /* our first number of all; 0: none was sent */
    uint32_t dpd_left;           /* times it will still be repeated; only while dpd_asking */
    uint32_t end_cause;          /* when grace is over */
    uint32_t life_s;             /* 0, or what phase 1 may last for it where that is for us to renew */
    struct l2s_timer dpd, keepalive, grace;
};

struct l2s_v1_peer *l2s_v1_peer_new(struct l2s_ike *e, const struct l2s_ike_config *cfg, const struct l2s_v1_path *path,
                                    bool client, void *owner);
/* We dialled it for this owner; NULL: none. */
struct l2s_v1_peer *l2s_v1_peer_of(const struct l2s_ike *e, const void *owner);
/* Who it is, as long as it is not bound anew; type 0: not known yet. */
struct l2s_id l2s_v1_peer_id(const struct l2s_v1_peer *p);
/* The same as a copy; out stays as it is when it is not known yet. */
void l2s_v1_peer_show_id(const struct l2s_v1_peer *p, struct l2s_ike_id *out);
/* It asked for a pair by these IDs: keep them for our own renewals. They are moved, not copied. */
void l2s_v1_peer_named(struct l2s_v1_peer *p, struct l2s_v1_blob *its, struct l2s_v1_blob *own);
/* Unhook it with everything under it; says nothing, tells nobody. Twice does no harm. */
void l2s_v1_peer_end(struct l2s_v1_peer *p);
/* End it, and tell core by channel_down or failed. */
void l2s_v1_peer_down(struct l2s_v1_peer *p, const struct l2s_failure *why);
/* Tell the peer that the children are about to go. */
void l2s_v1_peer_part(struct l2s_v1_peer *p);
/* End it, and say so to the peer. */
void l2s_v1_peer_close(struct l2s_v1_peer *p);

/* Phase 1 of this SA is proven, and this is who it is: find or make its peer (responder), or tell core of the channel
 * (first time). The SA may be gone behind it. */
int l2s_v1_peer_bind(struct l2s_v1_sa *sa, const struct l2s_ike_id *id, bool initial_contact);
/* The peer we dialled at this address, which may dial back; NULL: none. */
struct l2s_v1_peer *l2s_v1_peer_client_at(struct l2s_ike *e, const l2tpsec_addr *local, const l2tpsec_addr *remote);

/* The newest IKE SA that is up; NULL: none. */
struct l2s_v1_sa *l2s_v1_peer_sa(const struct l2s_v1_peer *p);
/* The one that we are making; NULL: none. */
struct l2s_v1_sa *l2s_v1_peer_dialling(const struct l2s_v1_peer *p);

/* Call when an SA or a child is gone, and say why. Without a child the peer ends: at once, or after a while if it has an IKE
 * SA. */
void l2s_v1_peer_check(struct l2s_v1_peer *p, uint32_t cause);
/* Begin a main mode; what is wrong comes as a failure. */
void l2s_v1_peer_dial(struct l2s_v1_peer *p);
/* Renew this IKE SA, if it still is the newest. */
void l2s_v1_peer_renew(struct l2s_v1_peer *p, struct l2s_v1_sa *sa);
/* Make an SA pair, or a new one in place of the newest: at once, or when there is an IKE SA again. */
void l2s_v1_peer_rekey(struct l2s_v1_peer *p);
/* There is a new pair. */
void l2s_v1_peer_rekeyed(struct l2s_v1_peer *p);
/* A main or quick mode of ours failed. */
void l2s_v1_peer_failed(struct l2s_v1_peer *p, const struct l2s_failure *why, bool silent);
/* The peer has begun anew, as an authenticated INITIAL-CONTACT under this SA says. */
void l2s_v1_peer_reset(struct l2s_v1_peer *p, struct l2s_v1_sa *keep);

/* A fresh, authenticated message came from there. Core may close the channel in this call. */
void l2s_v1_peer_heard(struct l2s_v1_peer *p, const struct l2s_v1_path *from);
/* Follow to another address or port, unless it is us who are behind a NAT (RFC 3947, 7). */
void l2s_v1_peer_move(struct l2s_v1_peer *p, const struct l2s_v1_path *to);

/* A proven first quick mode came from there: a client that should have moved to the NAT-T ports with message 5 (RFC 3947, 4) may do
 * so now, as long as no pair goes by where it was. */
void l2s_v1_peer_float(struct l2s_v1_peer *p, const struct l2s_v1_path *to);

/* Our own address changed. */
void l2s_v1_peer_roam(struct l2s_v1_peer *p, const struct l2s_v1_path *to);

/* How long before the end of a lifetime (in seconds) the SA is renewed, in microseconds. */
uint64_t l2s_v1_margin(const struct l2s_ike_config *cfg, uint64_t life_s);

/* ---- between its files ---- */

/* What engine->peers finds it by. */
uint64_t l2s_v1_peer_hash(const struct l2s_ike *e, bool client, const l2tpsec_addr *local, const l2tpsec_addr *remote);
/* It is there from now on; core may close the channel in this call. */
void l2s_v1_peer_settle(struct l2s_v1_peer *p, const struct l2s_v1_path *path);
void l2s_v1_peer_keep_alive(struct l2s_v1_peer *p);

#endif
