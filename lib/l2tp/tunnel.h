/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* A tunnel: its control connection as the table of RFC 2661, 7.2.1, either side of it. */
#ifndef L2S_L2TP_TUNNEL_H
#define L2S_L2TP_TUNNEL_H

#include "base/fsm.h"
#include "l2tp/channel.h"
#include "l2tp/message.h"
#include "l2tp/path.h"

#define L2S_L2TP_SESSIONS_MAX 16u /* in one tunnel of an LNS */
#define L2S_L2TP_CHALLENGE 16u

struct l2s_l2tp_call;

struct l2s_l2tp_tunnel {
    struct l2s_node node; /* in its path; at last in dead_tunnels */
    struct l2s_l2tp *e;
    struct l2s_l2tp_path *path;
    const struct l2s_l2tp_config *cfg; /* NULL once it is being closed */
    struct l2s_fsm fsm;
    struct l2s_l2tp_chan chan; /* its peer_tunnel is the peer's id */
    uint16_t id, peer_port;
    uint16_t stop_ns; /* of our StopCCN */
    bool initiator;   /* we sent SCCRQ */
    bool live;        /* counted as such on the path */
    bool removed;
    bool nameless;   /* the peer sends tunnel id 0 for ever */
    bool challenged; /* an answer to ours is awaited */
    bool hides;      /* what may be hidden is */
    uint8_t challenge[L2S_L2TP_CHALLENGE];
    unsigned n_calls;
    uint64_t up_at;        /* 0: not yet */
    struct l2s_timer life; /* set-up, idleness, farewell and lingering, one after the other */
    struct l2s_timer hello;
    struct l2s_node calls;
};

/* How to say good-bye, in a CDN or StopCCN, and what to tell the owner (NULL: it wanted so itself). */
struct l2s_l2tp_farewell {
    uint16_t result, error;
    const char *words;
    const struct l2s_failure *why;
};

/* SCCRQ with its first call waiting; or the answer to one, whose number was ns. NULL: *rc says why, nothing is left. */
struct l2s_l2tp_tunnel *l2s_l2tp_tunnel_new(struct l2s_l2tp *e, struct l2s_l2tp_path *p,
                                            const struct l2s_l2tp_config *cfg, bool initiator, int *rc);
int l2s_l2tp_tunnel_open(struct l2s_l2tp_tunnel *t);
int l2s_l2tp_tunnel_answer(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_msg *sccrq, uint16_t ns, uint16_t port);

/* A control message with this tunnel's id; returns why it was dropped, or 0. */
uint32_t l2s_l2tp_tunnel_recv(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_header *msg, uint16_t src_port);

int l2s_l2tp_tunnel_send(struct l2s_l2tp_tunnel *t, uint16_t session, const struct l2s_l2tp_msg *m, uint16_t *ns);

/* So long up that an SCCRQ with its peer's id is no late repetition: the peer has restarted, and counts from 1 again. */
bool l2s_l2tp_tunnel_settled(const struct l2s_l2tp_tunnel *t);
bool l2s_l2tp_tunnel_asks(const struct l2s_l2tp_tunnel *t); /* our SCCRP is on its way to the peer */

/* StopCCN, and all calls end. */
void l2s_l2tp_tunnel_close(struct l2s_l2tp_tunnel *t, const struct l2s_l2tp_farewell *how);

/* A call ended or is about to: without any left our own tunnel is closed, one of the peer's is given some time, unless
 * the host itself hung up. */
void l2s_l2tp_tunnel_settle(struct l2s_l2tp_tunnel *t, bool by_host);

/* Take it out of everything, say nothing, call nobody back. */
void l2s_l2tp_tunnel_remove(struct l2s_l2tp_tunnel *t);

bool l2s_l2tp_tunnel_up(const struct l2s_l2tp_tunnel *t);
bool l2s_l2tp_tunnel_waiting(const struct l2s_l2tp_tunnel *t); /* for SCCRP */
bool l2s_l2tp_tunnel_over(const struct l2s_l2tp_tunnel *t);

/* setup_s, or its default, in microseconds. */
uint64_t l2s_l2tp_setup_time(const struct l2s_l2tp_config *cfg);

#endif
