/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/half_open.h"

#include "base/errors.h"
#include "ike/v1/engine.h"
#include "ike/v1/sa.h"

#define PREFIX6 8 /* bytes of an IPv6 address that one source cannot choose */

struct cookie_key {
    uint8_t icookie[L2S_COOKIE];
    uint8_t ip[16];
    uint8_t port[2];
};

static uint64_t cookie_hash(const struct l2s_half_open *t, const uint8_t icookie[L2S_COOKIE],
                            const l2tpsec_addr *remote)
{
    struct cookie_key k;

    memcpy(k.icookie, icookie, L2S_COOKIE);
    memcpy(k.ip, remote->ip, sizeof k.ip);
    l2s_put16(k.port, remote->port);
    return l2s_hash_of(&t->by_cookie, &k, sizeof k);
}

static uint64_t source_hash(const struct l2s_half_open *t, const l2tpsec_addr *remote)
{
    return l2s_hash_of(&t->by_source, remote->ip, remote->family == 6 ? PREFIX6 : sizeof remote->ip);
}

bool l2s_half_open_same_source(const l2tpsec_addr *a, const l2tpsec_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, a->family == 6 ? PREFIX6 : 4) == 0;
}

static unsigned share_of(uint32_t most)
{
    uint32_t share = most / L2S_HALF_OPEN_SHARE;

    return share > L2S_HALF_OPEN_PER_SOURCE ? share : L2S_HALF_OPEN_PER_SOURCE;
}

/* Whoever it is can be reached there; a message 1 of aggressive mode can come from anybody. */
static bool is_there(const struct l2s_half_open *t, const struct l2s_half *h)
{
    const struct l2s_v1_sa *sa = l2s_idtab_get(&t->e->sa_ids, h->sa);

    return sa && !sa->aggressive;
}

bool l2s_half_open_crowded(const struct l2s_half_open *t, const l2tpsec_addr *remote, uint32_t most)
{
    unsigned count = 0;

    for (struct l2s_hnode *n = l2s_hash_first(&t->by_source, source_hash(t, remote)); n; n = l2s_hash_next(n)) {
        const struct l2s_half *h = L2S_CONTAINER(n, struct l2s_half, by_source);
        count += l2s_half_open_same_source(&h->remote, remote) && is_there(t, h);
    }
    return count >= share_of(most);
}

/* An SA without its record has lost its basis: nobody is to find half of a negotiation. */
static void evict(struct l2s_half_open *t, struct l2s_half *h)
{
    struct l2s_v1_sa *sa = l2s_idtab_get(&t->e->sa_ids, h->sa);

    if (sa)
        l2s_v1_sa_end(sa); /* removes the record */
    else
        l2s_half_open_remove(t, h);
}

static struct l2s_half *oldest(struct l2s_half_open *t)
{
    struct l2s_node *head = l2s_list_empty(&t->cold) ? &t->warm : &t->cold;

    return l2s_list_empty(head) ? NULL : L2S_LIST_ENTRY(head->next, struct l2s_half, node);
}

static void rearm(struct l2s_half_open *t)
{
    struct l2s_half *cold = l2s_list_empty(&t->cold) ? NULL : L2S_LIST_ENTRY(t->cold.next, struct l2s_half, node);
    struct l2s_half *warm = l2s_list_empty(&t->warm) ? NULL : L2S_LIST_ENTRY(t->warm.next, struct l2s_half, node);
    struct l2s_half *next = !cold || (warm && warm->due < cold->due) ? warm : cold;

    if (next)
        l2s_timer_arm(&t->e->sys->timers, &t->timer, next->due);
    else
        l2s_timer_cancel(&t->e->sys->timers, &t->timer);
}

static void expire(struct l2s_half_open *t, struct l2s_node *head)
{
    while (!l2s_list_empty(head)) {
        struct l2s_half *h = L2S_LIST_ENTRY(head->next, struct l2s_half, node);
        if (h->due > t->e->sys->now)
            return;
        evict(t, h);
    }
}

static void fire(void *owner)
{
    struct l2s_half_open *t = owner;

    l2s_v1_enter(t->e);
    expire(t, &t->cold);
    expire(t, &t->warm);
    rearm(t);
    l2s_v1_leave(t->e);
}

int l2s_half_open_init(struct l2s_half_open *t, struct l2s_ike *e, const uint8_t key[16])
{
    int rc = l2s_timers_reserve(&e->sys->timers, 1);

    if (rc != L2TPSEC_OK)
        return rc;
    t->e = e;
    l2s_hash_init(&t->by_cookie, &e->sys->mem, key);
    l2s_hash_init(&t->by_source, &e->sys->mem, key);
    l2s_list_init(&t->cold);
    l2s_list_init(&t->warm);
    l2s_timer_init(&t->timer, fire, t);
    return L2TPSEC_OK;
}

void l2s_half_open_fini(struct l2s_half_open *t)
{
    struct l2s_half *h;

    while ((h = oldest(t)) != NULL)
        evict(t, h);
    l2s_timer_cancel(&t->e->sys->timers, &t->timer);
    l2s_timers_release(&t->e->sys->timers, 1);
    l2s_hash_fini(&t->by_cookie);
    l2s_hash_fini(&t->by_source);
}

struct l2s_half *l2s_half_open_find(const struct l2s_half_open *t, const uint8_t icookie[L2S_COOKIE],
                                    const l2tpsec_addr *remote)
{
    struct l2s_hnode *n = l2s_hash_first(&t->by_cookie, cookie_hash(t, icookie, remote));

    for (; n; n = l2s_hash_next(n)) {
        struct l2s_half *h = L2S_CONTAINER(n, struct l2s_half, by_cookie);
        if (memcmp(h->icookie, icookie, L2S_COOKIE) == 0 && l2s_v1_same_addr(&h->remote, remote))
            return h;
    }
    return NULL;
}

/* Of one source so many at a time: its own oldest goes first (one that brought no message 3, if there is such), so that whoever
 * forges an address can at most shorten the time its owner has for message 3. */
static void keep_source_within(struct l2s_half_open *t, const l2tpsec_addr *remote, uint32_t most)
{
    struct l2s_hnode *n = l2s_hash_first(&t->by_source, source_hash(t, remote));
    struct l2s_half *cold = NULL, *any = NULL;
    unsigned count = 0;

    for (; n; n = l2s_hash_next(n)) {
        struct l2s_half *h = L2S_CONTAINER(n, struct l2s_half, by_source);
        if (!l2s_half_open_same_source(&h->remote, remote))
            continue;
        count++;
        if (!any || h->due < any->due)
            any = h;
        if (!h->sa && (!cold || h->due < cold->due))
            cold = h;
    }
    if (any && count >= share_of(most))
        evict(t, cold ? cold : any);
}

struct l2s_half *l2s_half_open_add(struct l2s_half_open *t, const uint8_t icookie[L2S_COOKIE],
                                   const l2tpsec_addr *remote, size_t n, uint32_t most)
{
    struct l2s_half *h;

    keep_source_within(t, remote, most);
    while (t->n >= (most ? most : 1) && (h = oldest(t)) != NULL)
        evict(t, h);

    h = l2s_mem_new(&t->e->sys->mem, sizeof *h + n);
    if (!h)
        return NULL;
    if (l2s_hash_add(&t->by_cookie, &h->by_cookie, cookie_hash(t, icookie, remote)) != L2TPSEC_OK)
        goto fail;
    if (l2s_hash_add(&t->by_source, &h->by_source, source_hash(t, remote)) != L2TPSEC_OK) {
        l2s_hash_remove(&t->by_cookie, &h->by_cookie);
        goto fail;
    }
    memcpy(h->icookie, icookie, L2S_COOKIE);
    h->remote = *remote;
    h->n = (uint16_t)n;
    h->due = t->e->sys->now + L2S_HALF_OPEN_LIFE;
    l2s_list_add_tail(&t->cold, &h->node);
    t->n++;
    t->e->stats.half_open = t->n;
    rearm(t);
    return h;
fail:
    l2s_mem_free(&t->e->sys->mem, h);
    return NULL;
}

void l2s_half_open_warm(struct l2s_half_open *t, struct l2s_half *h)
{
    l2s_list_remove(&h->node);
    h->due = t->e->sys->now + L2S_HALF_OPEN_LIFE;
    l2s_list_add_tail(&t->warm, &h->node);
    rearm(t);
}

void l2s_half_open_remove(struct l2s_half_open *t, struct l2s_half *h)
{
    l2s_hash_remove(&t->by_cookie, &h->by_cookie);
    l2s_hash_remove(&t->by_source, &h->by_source);
    l2s_list_remove(&h->node);
    l2s_mem_free(&t->e->sys->mem, h);
    t->n--;
    t->e->stats.half_open = t->n;
    rearm(t);
}

static void forget(struct l2s_half_open *t, struct l2s_node *head, uint64_t channel)
{
    L2S_LIST_EACH (head, n, after) {
        struct l2s_half *h = L2S_LIST_ENTRY(n, struct l2s_half, node);
        if (h->channel == channel)
            evict(t, h);
    }
}

void l2s_half_open_forget(struct l2s_half_open *t, uint64_t channel)
{
    forget(t, &t->cold, channel);
    forget(t, &t->warm, channel);
}
