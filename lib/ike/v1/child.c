/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/child.h"

#include "ike/v1/info.h"

#define REPLACED_MIN (10 * L2S_SECOND) /* how long a replaced pair may still bring packets */
#define REPLACED_MAX (30 * L2S_SECOND)
#define RETRY_MIN (5 * L2S_SECOND)
#define RETRY_MAX (30 * L2S_SECOND)     /* bytes may run out before time does */
#define RETRY_SERVER (300 * L2S_SECOND) /* phones renew by themselves, and answer nobody who wants to */

static void wake_at(struct l2s_v1_child *c)
{
    uint64_t due = c->soft_due && c->soft_due < c->hard_due ? c->soft_due : c->hard_due;

    l2s_timer_arm(&c->peer->e->sys->timers, &c->timer, due);
}

struct l2s_v1_child *l2s_v1_child_newest(const struct l2s_v1_peer *p)
{
    return l2s_list_empty(&p->children) ? NULL : L2S_LIST_ENTRY(p->children.prev, struct l2s_v1_child, node);
}

static void fire(void *owner)
{
    struct l2s_v1_child *c = owner;
    struct l2s_v1_peer *p = c->peer;
    struct l2s_ike *e = p->e;

    l2s_v1_enter(e);
    if (e->sys->now >= c->hard_due) {
        l2s_trace_note(&e->sys->trace, "ike", p->channel, "a pair of SAs ended", NULL, c->spi_in);
        l2s_v1_child_delete(c);
        l2s_v1_peer_check(p, L2TPSEC_CAUSE_EXPIRED);
    } else {
        c->soft_due = 0;
        wake_at(c);
        if (c == l2s_v1_child_newest(p)) /* an older one was renewed already */
            l2s_v1_peer_rekey(p);
    }
    l2s_v1_leave(e);
}

static void bury(struct l2s_ike *e, struct l2s_v1_grave *g)
{
    l2s_timers_release(&e->sys->timers, 1);
    l2s_mem_free(&e->sys->mem, g);
}

static struct l2s_v1_child *child_new(struct l2s_v1_peer *p, const struct l2s_ike_child *info)
{
    struct l2s_ike *e = p->e;
    struct l2s_v1_child *c;

    if (l2s_timers_reserve(&e->sys->timers, 1) != L2TPSEC_OK)
        return NULL;
    c = l2s_mem_new(&e->sys->mem, sizeof *c);
    if (!c) {
        l2s_timers_release(&e->sys->timers, 1);
        return NULL;
    }
    c->peer = p;
    c->id = info->id;
    c->spi_in = info->spi_in;
    c->spi_out = info->spi_out;
    c->life_kb = (uint32_t)(info->lifetime_bytes / 1024);
    c->initiator = c->proven = info->initiator;
    l2s_timer_init(&c->timer, fire, c);
    l2s_list_add_tail(&p->children, &c->node);
    return c;
}

/* Whoever began the exchange renews first; the other side later, if it did not. */
static void schedule(struct l2s_v1_child *c, uint32_t renew_s, uint32_t life_s)
{
    struct l2s_ike *e = c->peer->e;
    uint64_t margin = l2s_v1_margin(c->peer->cfg, renew_s);

    c->hard_due = e->sys->now + (uint64_t)life_s * L2S_SECOND;
    c->soft_due = e->sys->now + (uint64_t)renew_s * L2S_SECOND -
                  (c->initiator ? margin + l2s_v1_jitter(e, margin / 2 + 1) : margin / 2);
    wake_at(c);
}

static void replace(struct l2s_v1_peer *p, uint64_t id)
{
    struct l2s_ike *e = p->e;
    uint64_t due = e->sys->now + REPLACED_MIN + l2s_v1_jitter(e, REPLACED_MAX - REPLACED_MIN);

    L2S_LIST_EACH (&p->children, n, after) {
        struct l2s_v1_child *c = L2S_LIST_ENTRY(n, struct l2s_v1_child, node);
        if (c->id != id)
            continue;
        c->soft_due = 0;
        c->hard_due = due < c->hard_due ? due : c->hard_due;
        wake_at(c);
    }
}

/* The oldest goes, but of those before the newest that were never proven if there are any: they may be replays, and no number of
 * them displaces the pair in use. */
static void keep_few(struct l2s_v1_peer *p)
{
    struct l2s_v1_child *oldest = NULL;
    unsigned count = 0;

    L2S_LIST_EACH (&p->children, n, after) {
        struct l2s_v1_child *c = L2S_LIST_ENTRY(n, struct l2s_v1_child, node);
        if (n != p->children.prev && (!oldest || (oldest->proven && !c->proven)))
            oldest = c;
        count++;
    }
    if (!oldest || count <= L2S_V1_CHILDREN_MAX)
        return;
    if (oldest->proven)
        l2s_v1_child_delete(oldest);
    else
        l2s_v1_child_down(oldest);
}

int l2s_v1_child_up(struct l2s_v1_peer *p, const struct l2s_ike_child *info, uint32_t life_s, uint64_t replaces)
{
    struct l2s_v1_child *c = child_new(p, info);
    struct l2s_ike *e = p->e;
    int rc;

    if (!c)
        return L2TPSEC_ENOMEM;
    rc = e->port.child_up(e->port.self, p->channel, info);
    if (c->gone) /* core closed the channel at once */
        return L2TPSEC_OK;
    if (rc != L2TPSEC_OK) {
        l2s_v1_child_end(c);
        return rc;
    }
    schedule(c, info->lifetime_s, life_s);
    l2s_timer_cancel(&e->sys->timers, &p->grace);
    if (replaces)
        replace(p, replaces);
    keep_few(p);
    return L2TPSEC_OK;
}

static struct l2s_v1_child *find(const struct l2s_v1_peer *p, uint64_t id)
{
    L2S_LIST_EACH (&p->children, n, after) {
        struct l2s_v1_child *c = L2S_LIST_ENTRY(n, struct l2s_v1_child, node);
        if (c->id == id)
            return c;
    }
    return NULL;
}

void l2s_v1_child_confirm(struct l2s_v1_peer *p, uint64_t id)
{
    struct l2s_v1_child *c = find(p, id);

    if (!c || c->proven)
        return;
    c->proven = true;
    if (p->e->port.child_confirmed)
        p->e->port.child_confirmed(p->e->port.self, p->channel, id);
}

void l2s_v1_child_used(struct l2s_v1_peer *p, uint64_t id)
{
    struct l2s_v1_child *c = find(p, id);

    if (c)
        c->proven = true;
}

void l2s_v1_child_unproven(struct l2s_v1_peer *p, uint64_t id)
{
    struct l2s_v1_child *c = find(p, id);

    if (!c || c->proven) /* by a packet of it, though message 3 never came */
        return;
    l2s_v1_child_down(c);
    c = l2s_v1_child_newest(p);
    if (c && !c->soft_due)
        l2s_v1_child_retry(c);
    else if (!c)
        l2s_v1_peer_check(p, L2TPSEC_CAUSE_PEER_VANISHED);
}

void l2s_v1_child_end(struct l2s_v1_child *c)
{
    struct l2s_ike *e = c->peer->e;

    if (c->gone)
        return;
    c->gone = true;
    l2s_timer_cancel(&e->sys->timers, &c->timer);
    l2s_list_remove(&c->node);
    l2s_v1_bury(e, &c->grave, bury);
}

void l2s_v1_child_down(struct l2s_v1_child *c)
{
    struct l2s_v1_peer *p = c->peer;

    if (c->gone)
        return;
    l2s_v1_child_end(c);
    p->e->port.child_down(p->e->port.self, p->channel, c->id);
}

void l2s_v1_child_delete(struct l2s_v1_child *c)
{
    struct l2s_v1_sa *sa = l2s_v1_peer_sa(c->peer);

    if (sa && !c->gone)
        l2s_v1_info_delete_esp(sa, c->spi_in);
    l2s_v1_child_down(c);
}

void l2s_v1_child_retry(struct l2s_v1_child *c)
{
    uint64_t now = c->peer->e->sys->now;
    uint64_t left = c->hard_due > now ? c->hard_due - now : 0;
    uint64_t most = c->peer->client ? RETRY_MAX : RETRY_SERVER;
    uint64_t wait = left / 4 > most ? most : left / 4 > RETRY_MIN ? left / 4 : RETRY_MIN;

    if (wait + RETRY_MIN > left)
        return;
    c->soft_due = now + wait;
    wake_at(c);
}
