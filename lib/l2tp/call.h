/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A call: incoming calls as in RFC 2661, 7.4.1 (LAC) and 7.4.2 (LNS). Outgoing calls are refused. */
#ifndef L2S_L2TP_CALL_H
#define L2S_L2TP_CALL_H

#include "l2tp/tunnel.h"

struct l2s_l2tp_call {
    struct l2s_node node;   /* in its tunnel; at last in dead_calls */
    struct l2s_hnode hnode; /* in sessions */
    struct l2s_l2tp *e;
    struct l2s_l2tp_tunnel *tunnel;
    struct l2s_fsm fsm;
    uint64_t handle;
    uint16_t id, peer_id; /* session ids: ours, the peer's */
    uint16_t cdn_ns;      /* of our CDN */
    bool lns;
    bool owned;  /* the owner is to be told of the end */
    bool was_up; /* ... as of a session, not of a connect */
    bool ended;
    void *owner;
    struct l2s_timer timer; /* set-up; later the answer to our CDN */
    struct {
        bool numbered, must; /* ours are; for the peer demanded it when the call was set up */
        bool ever;           /* they were at one time */
        uint8_t *early;      /* the peer's first frame, while we are not connected; NULL: none */
        uint16_t early_len;
        struct l2s_l2tp_order *order; /* NULL: the peer numbers none */
        struct l2s_timer patience;    /* with frames that wait for others */
    } data;
};

/* A call in this tunnel, not yet begun; NULL: *rc says why. */
struct l2s_l2tp_call *l2s_l2tp_call_new(struct l2s_l2tp_tunnel *t, bool lns, int *rc);

/* A LAC's, for this owner: it waits for the tunnel. */
void l2s_l2tp_call_open(struct l2s_l2tp_call *c, void *owner);

/* A message that belongs to a call, or wants to be one. */
void l2s_l2tp_call_recv(struct l2s_l2tp_tunnel *t, uint16_t session, const struct l2s_l2tp_msg *m);

/* The tunnel is open (LAC). */
void l2s_l2tp_call_tunnel_open(struct l2s_l2tp_call *c);

/* The peer has acknowledged our CDN. */
void l2s_l2tp_call_acked(struct l2s_l2tp_call *c);

/* CDN, reliably. With a reason the owner is told at once, else when the peer has it. Twice does no harm. */
void l2s_l2tp_call_close(struct l2s_l2tp_call *c, const struct l2s_l2tp_farewell *how);

/* It is over, nothing more is sent; the owner is told if it was not. */
void l2s_l2tp_call_end(struct l2s_l2tp_call *c, const struct l2s_failure *why);

/* Likewise, but nobody is told. */
void l2s_l2tp_call_remove(struct l2s_l2tp_call *c);

/* The peer is silent: ended with the step it was silent at. */
void l2s_l2tp_call_lost(struct l2s_l2tp_call *c);

/* It moves to another tunnel before it has begun in this one (tie breaker). */
void l2s_l2tp_call_move(struct l2s_l2tp_call *c, struct l2s_l2tp_tunnel *to);

/* Established: data passes. */
bool l2s_l2tp_call_up(const struct l2s_l2tp_call *c);
bool l2s_l2tp_call_connecting(const struct l2s_l2tp_call *c); /* its last message is awaited */
bool l2s_l2tp_call_closing(const struct l2s_l2tp_call *c);
bool l2s_l2tp_call_active(const struct l2s_l2tp_call *c);    /* neither closing nor over */
bool l2s_l2tp_call_waiting(const struct l2s_l2tp_call *c);   /* for the tunnel */
bool l2s_l2tp_call_cdn_acked(const struct l2s_l2tp_call *c); /* and not yet over */

/* The first call of a tunnel of which this is true: what ends calls asks again each time, for the host may have ended
 * others meanwhile. */
struct l2s_l2tp_call *l2s_l2tp_call_first(const struct l2s_l2tp_tunnel *t, bool (*is)(const struct l2s_l2tp_call *c));

/* The session with these ids on a channel, up or not. */
struct l2s_l2tp_call *l2s_l2tp_call_find(struct l2s_l2tp *e, uint64_t channel, uint16_t tunnel, uint16_t session);

#endif
