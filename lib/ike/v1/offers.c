/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/offers.h"

#include "base/errors.h"
#include "ike/common/shard.h"
#include "ike/v1/engine.h"

#define SLOT_AT 2u /* in a cookie: where sharding leaves all bits alone */

static void put64(uint8_t *p, uint64_t v)
{
    l2s_put32(p, (uint32_t)(v >> 32));
    l2s_put32(p + 4, (uint32_t)v);
}

static uint64_t epoch_of(const struct l2s_offers *t)
{
    return t->e->sys->now / L2S_COOKIE_EPOCH;
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

static uint64_t hash_of(const struct l2s_offers *t, const struct l2s_vendors *v, const struct l2s_rd *sai)
{
    uint8_t words[8 + 8 + 4 + 4];

    put64(words, l2s_hash_of(&t->by_words, sai->p, sai->left));
    put64(words + 8, v->seen);
    l2s_put32(words + 16, v->nt5);
    l2s_put32(words + 20, v->fragments);
    return l2s_hash_of(&t->by_words, words, sizeof words);
}

static struct l2s_offer *find(const struct l2s_offers *t, const struct l2s_vendors *v, const struct l2s_rd *sai)
{
    struct l2s_hnode *n = l2s_hash_first(&t->by_words, hash_of(t, v, sai));

    for (; n; n = l2s_hash_next(n)) {
        struct l2s_offer *o = L2S_CONTAINER(n, struct l2s_offer, by_words);
        if (o->vendors.seen == v->seen && o->vendors.nt5 == v->nt5 && o->vendors.fragments == v->fragments &&
            l2s_rd_equals(sai, o->sai, o->n))
            return o;
    }
    return NULL;
}

static void forget(struct l2s_offers *t, struct l2s_offer *o)
{
    l2s_hash_remove(&t->by_words, &o->by_words);
    l2s_list_remove(&o->node);
    t->slots[o->slot] = NULL;
    t->n--;
    t->n_proven -= o->proven;
    t->bytes -= o->n;
    l2s_mem_free(&t->e->sys->mem, o);
}

static struct l2s_offer *oldest(struct l2s_offers *t)
{
    struct l2s_node *head = l2s_list_empty(&t->fresh) ? &t->proven : &t->fresh;

    return l2s_list_empty(head) ? NULL : L2S_LIST_ENTRY(head->next, struct l2s_offer, node);
}

static void fire(void *owner)
{
    struct l2s_offers *t = owner;
    uint64_t epoch = epoch_of(t);

    while (!l2s_list_empty(&t->fresh)) {
        struct l2s_offer *o = L2S_LIST_ENTRY(t->fresh.next, struct l2s_offer, node);
        if (o->epoch + L2S_COOKIE_EPOCHS > epoch)
            break;
        forget(t, o);
    }
    if (!l2s_list_empty(&t->fresh))
        l2s_timer_arm(&t->e->sys->timers, &t->timer, (epoch + 1) * L2S_COOKIE_EPOCH);
}

int l2s_offers_init(struct l2s_offers *t, struct l2s_ike *e, const uint8_t key[16])
{
    int rc = l2s_timers_reserve(&e->sys->timers, 1);

    if (rc != L2TPSEC_OK)
        return rc;
    t->e = e;
    l2s_hash_init(&t->by_words, &e->sys->mem, key);
    /* Cookies are for everybody to see: not with the key of the tables. */
    for (uint8_t half = 0; half < 2; half++)
        put64(t->key + 8 * half, l2s_siphash(key, &half, sizeof half));
    l2s_list_init(&t->fresh);
    l2s_list_init(&t->proven);
    l2s_timer_init(&t->timer, fire, t);
    return L2TPSEC_OK;
}

void l2s_offers_fini(struct l2s_offers *t)
{
    struct l2s_offer *o;

    while ((o = oldest(t)) != NULL)
        forget(t, o);
    l2s_timer_cancel(&t->e->sys->timers, &t->timer);
    l2s_timers_release(&t->e->sys->timers, 1);
    l2s_hash_fini(&t->by_words);
    l2s_mem_free(&t->e->sys->mem, t->slots);
}

static struct l2s_offer *add(struct l2s_offers *t, const struct l2s_vendors *v, struct l2s_rd sai)
{
    struct l2s_mem *mem = &t->e->sys->mem;
    struct l2s_offer *o;

    while ((t->n == L2S_OFFERS_MAX || t->bytes + sai.left > L2S_OFFERS_BYTES) && (o = oldest(t)) != NULL)
        forget(t, o);
    if (!t->slots && !(t->slots = l2s_mem_new(mem, L2S_OFFERS_MAX * sizeof(struct l2s_offer *))))
        return NULL;
    o = l2s_mem_new(mem, sizeof *o + sai.left);
    if (!o || l2s_hash_add(&t->by_words, &o->by_words, hash_of(t, v, &sai)) != L2TPSEC_OK) {
        l2s_mem_free(mem, o);
        return NULL;
    }
    while (t->slots[t->hand])
        t->hand = (t->hand + 1) % L2S_OFFERS_MAX;
    t->slots[t->hand] = o;
    o->slot = (uint16_t)t->hand;
    o->vendors = *v;
    o->n = (uint16_t)sai.left;
    l2s_rd_copy(&sai, o->sai, o->n);
    l2s_list_add_tail(&t->fresh, &o->node);
    t->n++;
    t->bytes += o->n;
    return o;
}

struct l2s_offer *l2s_offers_note(struct l2s_offers *t, const struct l2s_vendors *vendors, struct l2s_rd sai)
{
    struct l2s_offer *o = find(t, vendors, &sai);

    if (!o && !(o = add(t, vendors, sai)))
        return NULL;
    o->epoch = epoch_of(t);
    if (!o->proven) {
        l2s_list_remove(&o->node);
        l2s_list_add_tail(&t->fresh, &o->node);
        if (!l2s_timer_armed(&t->timer))
            l2s_timer_arm(&t->e->sys->timers, &t->timer, (o->epoch + 1) * L2S_COOKIE_EPOCH);
    }
    return o;
}

/* Half of the bytes at most: new kinds of clients need room, too. */
void l2s_offers_proven(struct l2s_offers *t, const struct l2s_vendors *vendors, struct l2s_rd sai)
{
    struct l2s_offer *o = find(t, vendors, &sai);

    if (!o)
        return;
    t->n_proven += !o->proven;
    o->proven = true;
    l2s_list_remove(&o->node);
    l2s_list_add_tail(&t->proven, &o->node);
    size_t bytes = 0;
    L2S_LIST_EACH (&t->proven, n, after)
        bytes += L2S_LIST_ENTRY(n, struct l2s_offer, node)->n;
    while (t->n_proven > L2S_OFFERS_TRUE || bytes > L2S_OFFERS_BYTES / 2) {
        o = L2S_LIST_ENTRY(t->proven.next, struct l2s_offer, node);
        bytes -= o->n;
        forget(t, o);
    }
}

/* ---- cookies --------------------------------------------------------------------------------------------------- */

struct whose {
    uint8_t icookie[L2S_COOKIE], epoch[8], remote[16], local[16], ports[4], offer[8], server[8], marker[1];
};

static void say_whose(const struct l2s_offers *t, const uint8_t icookie[L2S_COOKIE], const struct l2s_v1_path *from,
                      uint64_t epoch, struct whose *w)
{
    memset(w, 0, sizeof *w);
    memcpy(w->icookie, icookie, sizeof w->icookie);
    put64(w->epoch, epoch);
    memcpy(w->remote, from->remote.ip, sizeof w->remote);
    memcpy(w->local, from->local.ip, sizeof w->local);
    l2s_put16(w->ports, from->remote.port);
    l2s_put16(w->ports + 2, from->local.port);
    put64(w->server, t->e->listened); /* what was agreed is agreed on these terms */
    w->marker[0] = from->marker;
}

/* Before the offer is known: what hides its slot. */
static uint16_t veil(const struct l2s_offers *t, const struct whose *w)
{
    return (uint16_t)l2s_siphash(t->key, w, offsetof(struct whose, offer));
}

static void make(const struct l2s_offers *t, const struct l2s_offer *o, struct whose *w, const struct l2s_v1_path *from,
                 uint8_t rcookie[L2S_COOKIE])
{
    uint16_t slot = (uint16_t)(o->slot ^ veil(t, w));

    put64(w->offer, o->by_words.hash);
    put64(rcookie, l2s_siphash(t->key, w, sizeof *w));
    l2s_put16(rcookie + SLOT_AT, slot);
    if (l2s_cookie_zero(rcookie))
        rcookie[0] = 1;
    l2s_ike_shard_mark_responder(&t->e->sys->shard, &from->local, rcookie);
}

/* The same question from the same place has the same answer within an epoch, as a repetition must have. Nothing is gained by that: while
 * there is an exchange or an SA of these cookies, what bears them is its; when it is over, a message 3 that somebody has kept costs one
 * Diffie-Hellman and one place of its source, and leads nowhere, for our nonce and our public value are others. */
void l2s_offers_cookie(const struct l2s_offers *t, const struct l2s_offer *o, const uint8_t icookie[L2S_COOKIE],
                       const struct l2s_v1_path *from, uint8_t rcookie[L2S_COOKIE])
{
    struct whose w;

    say_whose(t, icookie, from, epoch_of(t), &w);
    make(t, o, &w, from, rcookie);
}

struct l2s_offer *l2s_offers_find(const struct l2s_offers *t, const uint8_t icookie[L2S_COOKIE],
                                  const uint8_t rcookie[L2S_COOKIE], const struct l2s_v1_path *from)
{
    uint64_t epoch = epoch_of(t);
    uint8_t ours[L2S_COOKIE];
    struct whose w;

    for (unsigned back = 0; t->slots && back < L2S_COOKIE_EPOCHS && back <= epoch; back++) {
        say_whose(t, icookie, from, epoch - back, &w);
        uint16_t slot = (uint16_t)((rcookie[SLOT_AT] << 8 | rcookie[SLOT_AT + 1]) ^ veil(t, &w));
        struct l2s_offer *o = slot < L2S_OFFERS_MAX ? t->slots[slot] : NULL;
        if (!o)
            continue;
        make(t, o, &w, from, ours);
        if (l2s_ct_equal(ours, rcookie, sizeof ours))
            return o;
    }
    return NULL;
}
