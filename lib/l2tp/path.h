/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The engine, and what it knows of one secure channel: the tunnels on it. Ids mean something on their own channel. */
#ifndef L2S_L2TP_PATH_H
#define L2S_L2TP_PATH_H

#include "base/hash.h"
#include "base/idtab.h"
#include "base/list.h"
#include "l2tp/l2tp.h"

#define L2S_L2TP_TUNNELS_MAX 8u /* on one channel, those that linger included */

struct l2s_l2tp {
    struct l2s_sys *sys;
    struct l2s_crypto *crypto;
    const struct l2s_l2tp_port *port;
    struct l2s_hash paths;    /* by channel */
    struct l2s_hash sessions; /* by channel, tunnel id, session id: the data way's only probe */
    struct l2s_idtab calls;
    struct l2s_node touched;
    struct l2s_node dead_tunnels, dead_calls; /* nobody finds them; freed when the outermost entry point is left */
    unsigned depth;
    uint32_t serial; /* Call Serial Number of the last call (4.4.4) */
    uint32_t drop;   /* why the message at hand was of no use; 0: it was */
};

struct l2s_l2tp_path {
    struct l2s_hnode hnode;
    struct l2s_node touched; /* to be looked at on the way out */
    uint64_t channel;
    struct l2s_node tunnels;
    unsigned n;    /* of them */
    unsigned live; /* of these, not yet over for both sides */
    bool tell;     /* channel_idle is due when live is 0 */
};

struct l2s_l2tp_tunnel;

/* Every way in, from the face and from timers, begins and ends with these. */
void l2s_l2tp_enter(struct l2s_l2tp *e);
void l2s_l2tp_leave(struct l2s_l2tp *e);

struct l2s_l2tp_path *l2s_l2tp_path_find(struct l2s_l2tp *e, uint64_t channel);
struct l2s_l2tp_path *l2s_l2tp_path_get(struct l2s_l2tp *e, uint64_t channel); /* makes it; NULL without memory */
void l2s_l2tp_path_touch(struct l2s_l2tp *e, struct l2s_l2tp_path *p);

struct l2s_l2tp_tunnel *l2s_l2tp_path_tunnel(const struct l2s_l2tp_path *p, uint16_t id);
/* By the id the peer assigned, the newest: among those that are not over, or among all. */
struct l2s_l2tp_tunnel *l2s_l2tp_path_tunnel_of_peer(const struct l2s_l2tp_path *p, uint16_t peer_id, bool over_too);
/* The only live one; or the newest, when those before it are of a peer that says tunnel id 0 for ever: it has forgotten
 * them. NULL otherwise. */
struct l2s_l2tp_tunnel *l2s_l2tp_path_only(const struct l2s_l2tp_path *p);

/* Room for one more tunnel, if need be in the place of one that merely lingers. */
bool l2s_l2tp_path_room(struct l2s_l2tp_path *p);

/* A random id, not zero and not taken; 0 when chance fails. That of a tunnel tells our shard. */
uint16_t l2s_l2tp_pick_tunnel(struct l2s_l2tp *e, bool (*taken)(const void *where, uint16_t id), const void *where);
uint16_t l2s_l2tp_pick(struct l2s_l2tp *e, bool (*taken)(const void *where, uint16_t id), const void *where);

#endif
