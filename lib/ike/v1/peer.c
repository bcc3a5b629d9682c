/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/peer.h"

#include "ike/common/shard.h"
#include "ike/v1/child.h"
#include "ike/v1/dpd.h"
#include "ike/v1/info.h"
#include "ike/v1/main_mode.h"
#include "ike/v1/quick_mode.h"

#define TIMERS 3
#define GRACE_LAST (5 * L2S_SECOND) /* for a new pair, when the last was deleted: some delete first */

uint64_t l2s_v1_margin(const struct l2s_ike_config *cfg, uint64_t life_s)
{
    uint64_t life = life_s * L2S_SECOND;
    uint64_t margin = cfg->rekey_margin_s ? cfg->rekey_margin_s * L2S_SECOND : life / 10;

    if (margin < 3 * L2S_SECOND)
        margin = 3 * L2S_SECOND;
    return margin < life / 3 ? margin : life / 3; /* with the jitter of half as much, half of the life remains */
}

/* ---- where it is ----------------------------------------------------------------------------------------------- */

/* One that dialled us is known by all of where it is: thousands of them may be behind one NAT. One that we dialled may dial back from
 * any port, but only to the address it was dialled from, and many links may lead to the same server from addresses of their own. */
uint64_t l2s_v1_peer_hash(const struct l2s_ike *e, bool client, const l2tpsec_addr *local, const l2tpsec_addr *remote)
{
    uint8_t key[sizeof local->ip + sizeof remote->ip + 2];

    memcpy(key, local->ip, sizeof local->ip);
    memcpy(key + sizeof local->ip, remote->ip, sizeof remote->ip);
    l2s_put16(key + sizeof local->ip + sizeof remote->ip, client ? 0 : remote->port);
    return l2s_hash_of(&e->peers, key, sizeof key);
}

void l2s_v1_peer_settle(struct l2s_v1_peer *p, const struct l2s_v1_path *path)
{
    struct l2s_ike *e = p->e;

    l2s_hash_remove(&e->peers, &p->hnode); /* and adding cannot fail: there is a table */
    (void)l2s_hash_add(&e->peers, &p->hnode, l2s_v1_peer_hash(e, p->client, &path->local, &path->remote));
    p->path = *path;
    l2s_trace_note(&e->sys->trace, "ike", p->channel, "the peer moved", NULL, path->remote.port);
    e->port.channel_moved(e->port.self, p->channel, &path->local, &path->remote, path->marker);
}

/* What this peer begins from there comes to another engine, which knows nothing of it. So phase 1 is ours to renew from now on, in
 * time before the peer would do it: under an IKE SA that we began, its turn comes after ours (l2s_v1_sa_schedule). */
static void keep_from_straying(struct l2s_v1_peer *p)
{
    const struct l2s_shard *s = &p->e->sys->shard;
    const struct l2s_v1_sa *sa = l2s_v1_peer_sa(p);

    if (p->client || !sa || sa->initiator || !l2s_sharded(s) ||
        l2s_ike_shard_of_source(&p->path.remote, s->count) == s->index)
        return;
    p->life_s = sa->life_s;
    l2s_v1_peer_dial(p);
}

void l2s_v1_peer_move(struct l2s_v1_peer *p, const struct l2s_v1_path *to)
{
    if (!p->channel || p->gone || l2s_v1_same_path(&p->path, to) || p->path.marker != to->marker)
        return;
    if (p->nat.local && !p->nat.remote)
        return;
    p->hearsay = true;
    l2s_v1_peer_settle(p, to);
    if (!p->gone)
        keep_from_straying(p);
}

void l2s_v1_peer_roam(struct l2s_v1_peer *p, const struct l2s_v1_path *to)
{
    if (p->channel && !p->gone)
        l2s_v1_peer_settle(p, to);
}

void l2s_v1_peer_heard(struct l2s_v1_peer *p, const struct l2s_v1_path *from)
{
    l2s_v1_dpd_alive(p);
    l2s_v1_peer_move(p, from);
}

static void keepalive(void *owner)
{
    struct l2s_v1_peer *p = owner;
    struct l2s_ike *e = p->e;
    uint64_t every = p->cfg->keepalive_s * L2S_SECOND;

    l2s_v1_enter(e);
    if (e->sys->now >= p->sent + every) {
        p->sent = e->sys->now;
        struct l2s_v1_path to = p->path;
        l2s_timer_arm(&e->sys->timers, &p->keepalive, e->sys->now + every);
        e->port.keepalive(e->port.self, p->channel, &to.local, &to.remote);
    } else {
        l2s_timer_arm(&e->sys->timers, &p->keepalive, p->sent + every);
    }
    l2s_v1_leave(e);
}

/* RFC 3948, 4: whoever is behind a NAT keeps its mapping alive; and whoever is behind a firewall, it seems, what that knows. */
void l2s_v1_peer_keep_alive(struct l2s_v1_peer *p)
{
    struct l2s_ike *e = p->e;

    l2s_timer_cancel(&e->sys->timers, &p->keepalive);
    if ((p->nat.local || p->encap) && p->path.marker && p->cfg->keepalive_s)
        l2s_timer_arm(&e->sys->timers, &p->keepalive, e->sys->now + p->cfg->keepalive_s * L2S_SECOND);
}

void l2s_v1_peer_float(struct l2s_v1_peer *p, const struct l2s_v1_path *to)
{
    if (!p->channel || p->client || p->path.marker || !to->marker || !(p->nat.local || p->nat.remote) ||
        !l2s_list_empty(&p->children))
        return;
    l2s_v1_peer_settle(p, to);
    if (!p->gone)
        l2s_v1_peer_keep_alive(p);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static bool negotiating(const struct l2s_v1_peer *p)
{
    L2S_LIST_EACH (&p->sas, n, after)
        if (l2s_v1_quick_open_ones(L2S_LIST_ENTRY(n, struct l2s_v1_sa, node)))
            return true;
    return false;
}

/* The last pair ended by its lifetime, by our clock or by the peer's: what its renewal died of says more. */
static struct l2s_failure end_of(const struct l2s_v1_peer *p, uint32_t cause)
{
    if (p->why && (cause == L2TPSEC_CAUSE_EXPIRED || cause == L2TPSEC_CAUSE_CLOSED_BY_PEER))
        return *p->why;
    return l2s_v1_failure(cause, "quick mode", NULL);
}

/* Tell the peer that its IKE SAs go. */
static void delete_sas(struct l2s_v1_peer *p)
{
    for (struct l2s_node *n = p->sas.next; n != &p->sas && !p->gone; n = n->next)
        if (L2S_LIST_ENTRY(n, struct l2s_v1_sa, node)->up)
            l2s_v1_info_delete_ike(L2S_LIST_ENTRY(n, struct l2s_v1_sa, node));
}

static void out_of_grace(void *owner)
{
    struct l2s_v1_peer *p = owner;
    struct l2s_ike *e = p->e;
    struct l2s_failure why = end_of(p, p->end_cause);

    if (negotiating(p)) {
        l2s_timer_arm(&e->sys->timers, &p->grace, e->sys->now + GRACE_LAST);
        return;
    }
    l2s_v1_enter(e);
    delete_sas(p);
    l2s_v1_peer_down(p, &why);
    l2s_v1_leave(e);
}

static void bury(struct l2s_ike *e, struct l2s_v1_grave *g)
{
    struct l2s_v1_peer *p = L2S_CONTAINER(g, struct l2s_v1_peer, grave);

    l2s_v1_blob_free(e, &p->id_data);
    l2s_v1_blob_free(e, &p->own_name);
    l2s_v1_blob_free(e, &p->its_name);
    l2s_mem_free(&e->sys->mem, p->why);
    l2s_timers_release(&e->sys->timers, TIMERS);
    l2s_mem_free(&e->sys->mem, p);
}

static uint64_t of_owner(const void *owner)
{
    return l2s_hash_ours((uintptr_t)owner);
}

struct l2s_v1_peer *l2s_v1_peer_of(const struct l2s_ike *e, const void *owner)
{
    for (struct l2s_hnode *n = l2s_hash_first(&e->owners, of_owner(owner)); n; n = l2s_hash_next(n)) {
        struct l2s_v1_peer *p = L2S_CONTAINER(n, struct l2s_v1_peer, by_owner);
        if (p->owner == owner)
            return p;
    }
    return NULL;
}

struct l2s_v1_peer *l2s_v1_peer_new(struct l2s_ike *e, const struct l2s_ike_config *cfg, const struct l2s_v1_path *path,
                                    bool client, void *owner)
{
    struct l2s_v1_peer *p;

    if (l2s_timers_reserve(&e->sys->timers, TIMERS) != L2TPSEC_OK)
        return NULL;
    p = l2s_mem_new(&e->sys->mem, sizeof *p);
    if (!p || (client && l2s_hash_add(&e->owners, &p->by_owner, of_owner(owner)) != L2TPSEC_OK)) {
        l2s_mem_free(&e->sys->mem, p);
        l2s_timers_release(&e->sys->timers, TIMERS);
        return NULL;
    }
    p->e = e;
    p->cfg = cfg;
    p->path = *path;
    p->client = client;
    p->owner = owner;
    l2s_list_init(&p->sas);
    l2s_list_init(&p->children);
    l2s_timer_init(&p->dpd, l2s_v1_dpd_fire, p);
    l2s_timer_init(&p->keepalive, keepalive, p);
    l2s_timer_init(&p->grace, out_of_grace, p);
    return p;
}

void l2s_v1_peer_named(struct l2s_v1_peer *p, struct l2s_v1_blob *its, struct l2s_v1_blob *own)
{
    l2s_v1_blob_free(p->e, &p->its_name);
    l2s_v1_blob_free(p->e, &p->own_name);
    p->its_name = *its;
    p->own_name = *own;
    *its = *own = (struct l2s_v1_blob){.n = 0};
}

void l2s_v1_peer_end(struct l2s_v1_peer *p)
{
    struct l2s_ike *e = p->e;

    if (p->gone)
        return;
    p->gone = true;
    while (!l2s_list_empty(&p->sas))
        l2s_v1_sa_end(L2S_LIST_ENTRY(p->sas.next, struct l2s_v1_sa, node));
    while (!l2s_list_empty(&p->children))
        l2s_v1_child_end(L2S_LIST_ENTRY(p->children.next, struct l2s_v1_child, node));
    l2s_timer_cancel(&e->sys->timers, &p->dpd);
    l2s_timer_cancel(&e->sys->timers, &p->keepalive);
    l2s_timer_cancel(&e->sys->timers, &p->grace);
    if (p->channel) {
        l2s_hash_remove(&e->peers, &p->hnode);
        l2s_idtab_remove(&e->channels, p->channel);
        if (p->client)
            l2s_half_open_forget(&e->half, p->channel);
    }
    if (p->client)
        l2s_hash_remove(&e->owners, &p->by_owner);
    l2s_v1_bury(e, &p->grave, bury);
}

void l2s_v1_peer_down(struct l2s_v1_peer *p, const struct l2s_failure *why)
{
    struct l2s_ike *e = p->e;
    struct l2s_failure because = *why;
    struct l2s_v1_child *c;

    while (!p->gone && (c = l2s_v1_child_newest(p)) != NULL)
        l2s_v1_child_down(c);
    if (p->gone)
        return;
    l2s_v1_peer_end(p);
    if (p->channel)
        e->port.channel_down(e->port.self, p->channel, p->owner, &because);
    else if (p->client)
        e->port.failed(e->port.self, p->owner, &p->path.remote, &because);
}

void l2s_v1_peer_part(struct l2s_v1_peer *p)
{
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(p);

    if (p->parted)
        return;
    p->parted = true;
    for (struct l2s_node *n = p->children.next; sa && n != &p->children && !p->gone; n = n->next)
        l2s_v1_info_delete_esp(sa, L2S_LIST_ENTRY(n, struct l2s_v1_child, node)->spi_in);
}

void l2s_v1_peer_close(struct l2s_v1_peer *p)
{
    if (p->gone)
        return;
    l2s_v1_peer_part(p);
    delete_sas(p);
    l2s_v1_peer_end(p);
}

void l2s_v1_peer_check(struct l2s_v1_peer *p, uint32_t cause)
{
    struct l2s_ike *e = p->e;
    struct l2s_failure why = end_of(p, cause);

    if (p->gone || !p->channel || !l2s_list_empty(&p->children))
        return;
    if (l2s_list_empty(&p->sas)) {
        l2s_v1_peer_down(p, &why);
        return;
    }
    p->end_cause = cause;
    if (!l2s_timer_armed(&p->grace))
        l2s_timer_arm(&e->sys->timers, &p->grace, e->sys->now + GRACE_LAST);
}

/* ---- renewal --------------------------------------------------------------------------------------------------- */

struct l2s_v1_sa *l2s_v1_peer_sa(const struct l2s_v1_peer *p)
{
    for (struct l2s_node *n = p->sas.prev; n != &p->sas; n = n->prev)
        if (L2S_LIST_ENTRY(n, struct l2s_v1_sa, node)->up)
            return L2S_LIST_ENTRY(n, struct l2s_v1_sa, node);
    return NULL;
}

struct l2s_v1_sa *l2s_v1_peer_dialling(const struct l2s_v1_peer *p)
{
    for (struct l2s_node *n = p->sas.prev; n != &p->sas; n = n->prev)
        if (!L2S_LIST_ENTRY(n, struct l2s_v1_sa, node)->up)
            return L2S_LIST_ENTRY(n, struct l2s_v1_sa, node);
    return NULL;
}

static void begin_failed(struct l2s_v1_peer *p, int rc, const char *step)
{
    struct l2s_failure why = l2s_v1_failure(l2s_v1_cause_of(rc), step, NULL);

    why.layer = L2TPSEC_LAYER_HOST;
    l2s_v1_peer_failed(p, &why, false);
}

void l2s_v1_peer_dial(struct l2s_v1_peer *p)
{
    int rc;

    if (l2s_v1_peer_dialling(p))
        return;
    rc = l2s_v1_main_begin(p, 0);
    if (rc != L2TPSEC_OK)
        begin_failed(p, rc, "main mode, message 1");
}

void l2s_v1_peer_renew(struct l2s_v1_peer *p, struct l2s_v1_sa *sa)
{
    if (!p->gone && sa == l2s_v1_peer_sa(p))
        l2s_v1_peer_dial(p);
}

void l2s_v1_peer_rekey(struct l2s_v1_peer *p)
{
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(p);
    int rc;

    if (p->gone)
        return;
    p->rekey = true;
    if (!sa) {
        l2s_v1_peer_dial(p);
        return;
    }
    L2S_LIST_EACH (&p->sas, n, after)
        if (l2s_v1_quick_busy(L2S_LIST_ENTRY(n, struct l2s_v1_sa, node)))
            return;
    rc = l2s_v1_quick_begin(sa, L2S_GROUP_COUNT);
    if (rc != L2TPSEC_OK && !p->gone)
        begin_failed(p, rc, "quick mode, message 1");
}

void l2s_v1_peer_rekeyed(struct l2s_v1_peer *p)
{
    p->rekey = p->anew = false;
    l2s_mem_free(&p->e->sys->mem, p->why);
    p->why = NULL;
}

void l2s_v1_peer_failed(struct l2s_v1_peer *p, const struct l2s_failure *why, bool silent)
{
    struct l2s_failure vanished = l2s_v1_failure(L2TPSEC_CAUSE_PEER_VANISHED, why->step, NULL);
    struct l2s_v1_child *c = l2s_v1_child_newest(p);
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(p);
    struct l2s_ike *e = p->e;

    if (p->gone)
        return;
    if (!p->channel || !c) { /* never came up, or nothing is left that a renewal could keep */
        if (p->client) {
            delete_sas(p);
            l2s_v1_peer_down(p, why);
        } else
            l2s_v1_peer_check(p, L2TPSEC_CAUSE_EXPIRED);
        return;
    }
    /* Mobile peers answer no renewals of ours: theirs end when they end. A server that says nothing at all is gone. */
    if (silent && p->client && p->heard < p->attempt) {
        l2s_v1_peer_down(p, &vanished);
        return;
    }
    l2s_trace_note(&e->sys->trace, "ike", p->channel, "renewal failed", why->step, why->cause);
    if (silent && p->client && p->rekey && !p->anew) { /* it sends, but may have forgotten this IKE SA */
        p->anew = true;
        l2s_v1_peer_dial(p);
        return;
    }
    p->anew = false;
    if (!p->why)
        p->why = l2s_mem_new(&e->sys->mem, sizeof *p->why);
    if (p->why)
        *p->why = *why;
    if (p->rekey)
        l2s_v1_child_retry(c);
    else if (sa)
        l2s_v1_sa_retry(sa);
    p->rekey = false;
}
