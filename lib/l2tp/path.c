/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "l2tp/path.h"

#include "l2tp/call.h"
#include "l2tp/tunnel.h"

#define PICK_TRIES 32

void l2s_l2tp_enter(struct l2s_l2tp *e)
{
    e->depth++;
}

static void path_free(struct l2s_l2tp *e, struct l2s_l2tp_path *p)
{
    l2s_hash_remove(&e->paths, &p->hnode);
    l2s_list_remove(&p->touched);
    l2s_mem_free(&e->sys->mem, p);
}

/* Nothing of ours is mid-step any more: now the host may hear of idle channels, and may do with us what it likes. */
static void look_at_touched(struct l2s_l2tp *e)
{
    while (!l2s_list_empty(&e->touched)) {
        struct l2s_l2tp_path *p = L2S_LIST_ENTRY(e->touched.next, struct l2s_l2tp_path, touched);
        if (p->tell && p->live == 0) {
            p->tell = false;
            e->port->channel_idle(e->port->self, p->channel);
            continue; /* it stands where it stood, for a second look */
        }
        l2s_list_remove(&p->touched);
        if (p->n == 0)
            path_free(e, p);
    }
}

static void bury(struct l2s_l2tp *e)
{
    while (!l2s_list_empty(&e->dead_calls)) {
        struct l2s_l2tp_call *c = L2S_LIST_ENTRY(e->dead_calls.next, struct l2s_l2tp_call, node);
        l2s_list_remove(&c->node);
        l2s_mem_free(&e->sys->mem, c);
    }
    while (!l2s_list_empty(&e->dead_tunnels)) {
        struct l2s_l2tp_tunnel *t = L2S_LIST_ENTRY(e->dead_tunnels.next, struct l2s_l2tp_tunnel, node);
        l2s_list_remove(&t->node);
        l2s_mem_free(&e->sys->mem, t);
    }
}

void l2s_l2tp_leave(struct l2s_l2tp *e)
{
    if (e->depth == 1) {
        look_at_touched(e);
        bury(e);
    }
    e->depth--;
}

struct l2s_l2tp_path *l2s_l2tp_path_find(struct l2s_l2tp *e, uint64_t channel)
{
    for (struct l2s_hnode *n = l2s_hash_first(&e->paths, l2s_hash_ours(channel)); n; n = l2s_hash_next(n)) {
        struct l2s_l2tp_path *p = L2S_CONTAINER(n, struct l2s_l2tp_path, hnode);
        if (p->channel == channel)
            return p;
    }
    return NULL;
}

struct l2s_l2tp_path *l2s_l2tp_path_get(struct l2s_l2tp *e, uint64_t channel)
{
    struct l2s_l2tp_path *p = l2s_l2tp_path_find(e, channel);

    if (p)
        return p;
    p = l2s_mem_new(&e->sys->mem, sizeof *p);
    if (!p)
        return NULL;
    if (l2s_hash_add(&e->paths, &p->hnode, l2s_hash_ours(channel)) != L2TPSEC_OK) {
        l2s_mem_free(&e->sys->mem, p);
        return NULL;
    }
    p->channel = channel;
    l2s_list_init(&p->tunnels);
    l2s_list_init(&p->touched);
    l2s_l2tp_path_touch(e, p); /* should nothing come of it, it goes again */
    return p;
}

void l2s_l2tp_path_touch(struct l2s_l2tp *e, struct l2s_l2tp_path *p)
{
    if (l2s_list_empty(&p->touched))
        l2s_list_add_tail(&e->touched, &p->touched);
}

struct l2s_l2tp_tunnel *l2s_l2tp_path_tunnel(const struct l2s_l2tp_path *p, uint16_t id)
{
    L2S_LIST_EACH (&p->tunnels, n, after) {
        struct l2s_l2tp_tunnel *t = L2S_LIST_ENTRY(n, struct l2s_l2tp_tunnel, node);
        if (t->id == id)
            return t;
    }
    return NULL;
}

struct l2s_l2tp_tunnel *l2s_l2tp_path_tunnel_of_peer(const struct l2s_l2tp_path *p, uint16_t peer_id, bool over_too)
{
    struct l2s_l2tp_tunnel *newest = NULL;

    L2S_LIST_EACH (&p->tunnels, n, after) {
        struct l2s_l2tp_tunnel *t = L2S_LIST_ENTRY(n, struct l2s_l2tp_tunnel, node);
        if (t->chan.peer_tunnel == peer_id && (over_too || !l2s_l2tp_tunnel_over(t)))
            newest = t;
    }
    return newest;
}

struct l2s_l2tp_tunnel *l2s_l2tp_path_only(const struct l2s_l2tp_path *p)
{
    struct l2s_l2tp_tunnel *only = NULL;

    L2S_LIST_EACH (&p->tunnels, n, after) {
        struct l2s_l2tp_tunnel *t = L2S_LIST_ENTRY(n, struct l2s_l2tp_tunnel, node);
        if (l2s_l2tp_tunnel_over(t))
            continue;
        if (only && !only->nameless)
            return NULL;
        only = t;
    }
    return only;
}

bool l2s_l2tp_path_room(struct l2s_l2tp_path *p)
{
    if (p->n < L2S_L2TP_TUNNELS_MAX)
        return true;
    L2S_LIST_EACH (&p->tunnels, n, after) {
        struct l2s_l2tp_tunnel *t = L2S_LIST_ENTRY(n, struct l2s_l2tp_tunnel, node);
        if (l2s_l2tp_tunnel_over(t)) {
            l2s_l2tp_tunnel_remove(t);
            return true;
        }
    }
    return false;
}

static uint16_t pick(struct l2s_l2tp *e, const struct l2s_shard *s, bool (*taken)(const void *where, uint16_t id),
                     const void *where)
{
    for (int i = 0; i < PICK_TRIES; i++) {
        uint16_t id = 0;
        if (l2s_random(e->sys, &id, sizeof id) != 0)
            return 0;
        id = l2s_shard_mark_16(s, id);
        if (id && !taken(where, id))
            return id;
    }
    return 0;
}

uint16_t l2s_l2tp_pick_tunnel(struct l2s_l2tp *e, bool (*taken)(const void *where, uint16_t id), const void *where)
{
    return pick(e, &e->sys->shard, taken, where);
}

uint16_t l2s_l2tp_pick(struct l2s_l2tp *e, bool (*taken)(const void *where, uint16_t id), const void *where)
{
    static const struct l2s_shard alone;

    return pick(e, &alone, taken, where);
}
