/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/sa.h"

#include "ike/v1/child.h"
#include "ike/v1/info.h"
#include "ike/v1/main_mode.h"
#include "ike/v1/peer.h"
#include "ike/v1/quick_mode.h"

#define RETRY_MIN (10 * L2S_SECOND)

static uint64_t hash_of(const struct l2s_ike *e, const uint8_t icookie[L2S_COOKIE], const uint8_t rcookie[L2S_COOKIE])
{
    uint8_t key[2 * L2S_COOKIE];

    memcpy(key, icookie, L2S_COOKIE);
    memcpy(key + L2S_COOKIE, rcookie, L2S_COOKIE);
    return l2s_hash_of(&e->sas, key, sizeof key);
}

struct l2s_v1_sa *l2s_v1_sa_find(const struct l2s_ike *e, const uint8_t icookie[L2S_COOKIE],
                                 const uint8_t rcookie[L2S_COOKIE])
{
    struct l2s_hnode *n = l2s_hash_first(&e->sas, hash_of(e, icookie, rcookie));

    for (; n; n = l2s_hash_next(n)) {
        struct l2s_v1_sa *sa = L2S_CONTAINER(n, struct l2s_v1_sa, hnode);
        if (memcmp(sa->icookie, icookie, L2S_COOKIE) == 0 && memcmp(sa->rcookie, rcookie, L2S_COOKIE) == 0)
            return sa;
    }
    return NULL;
}

int l2s_v1_sa_name(struct l2s_v1_sa *sa, const uint8_t rcookie[L2S_COOKIE])
{
    l2s_hash_remove(&sa->e->sas, &sa->hnode);
    memcpy(sa->rcookie, rcookie, L2S_COOKIE);
    return l2s_hash_add(&sa->e->sas, &sa->hnode, hash_of(sa->e, sa->icookie, rcookie));
}

struct l2s_v1_path *l2s_v1_sa_path(struct l2s_v1_sa *sa)
{
    return sa->peer ? &sa->peer->path : &sa->talk->path;
}

uint64_t l2s_v1_sa_channel(const struct l2s_v1_sa *sa)
{
    if (!sa->peer)
        return 0;
    return sa->peer->channel ? sa->peer->channel : sa->id | L2S_V1_NOT_A_CHANNEL;
}

int l2s_v1_sa_step(struct l2s_v1_sa *sa, unsigned event, const void *arg)
{
    return l2s_fsm_step(&sa->fsm, sa, &sa->e->sys->trace, sa->peer ? sa->peer->channel : 0, event, arg);
}

/* ---- life ------------------------------------------------------------------------------------------------------ */

static void resend(void *self, const uint8_t *p, size_t n)
{
    struct l2s_v1_sa *sa = self;

    l2s_v1_enter(sa->e);
    l2s_v1_emit(sa->e, l2s_v1_sa_path(sa), p, n);
    l2s_v1_leave(sa->e);
}

static void give_up(void *self)
{
    struct l2s_v1_sa *sa = self;
    struct l2s_ike *e = sa->e;

    l2s_v1_enter(e);
    l2s_v1_main_silence(sa);
    l2s_v1_leave(e);
}

static void wake_at(struct l2s_v1_sa *sa)
{
    uint64_t due = sa->soft_due && sa->soft_due < sa->hard_due ? sa->soft_due : sa->hard_due;

    l2s_timer_arm(&sa->e->sys->timers, &sa->timer, due);
}

/* A superseded one stays for what was begun under it, repetitions included; new exchanges go to the newest, so it ends. */
static bool still_at_work(const struct l2s_v1_sa *sa)
{
    return sa->e->sys->now < sa->up_at + (uint64_t)sa->life_s * L2S_SECOND && !l2s_list_empty(&sa->quicks);
}

static void grow_old(struct l2s_v1_sa *sa)
{
    struct l2s_ike *e = sa->e;

    if (e->sys->now >= sa->hard_due && still_at_work(sa)) {
        sa->hard_due = e->sys->now + L2S_SECOND;
        wake_at(sa);
        return;
    }
    if (e->sys->now >= sa->hard_due) {
        struct l2s_v1_peer *peer = sa->peer;
        l2s_trace_note(&e->sys->trace, "ike", l2s_v1_sa_channel(sa), "the IKE SA ended", NULL, sa->life_s);
        if (sa->delete_at_end)
            l2s_v1_sa_delete(sa);
        else
            l2s_v1_sa_end(sa);
        l2s_v1_peer_check(peer, L2TPSEC_CAUSE_EXPIRED);
        return;
    }
    sa->soft_due = 0;
    wake_at(sa);
    l2s_v1_peer_renew(sa->peer, sa);
}

static void fire(void *owner)
{
    struct l2s_v1_sa *sa = owner;
    struct l2s_ike *e = sa->e;

    l2s_v1_enter(e);
    if (sa->up)
        grow_old(sa);
    else
        l2s_v1_main_impatient(sa);
    l2s_v1_leave(e);
}

static void free_talk(struct l2s_v1_sa *sa)
{
    struct l2s_v1_talk *t = sa->talk;
    struct l2s_ike *e = sa->e;

    if (!t)
        return;
    l2s_retransmit_fini(&t->ours);
    l2s_v1_blob_free(e, &t->ni);
    l2s_v1_blob_free(e, &t->nr);
    l2s_v1_blob_free(e, &t->gxi);
    l2s_v1_blob_free(e, &t->gxr);
    l2s_v1_blob_free(e, &t->sai);
    l2s_v1_blob_free(e, &t->held);
    l2s_v1_blob_free(e, &t->its_id);
    e->crypto->ops->dh_free(t->dh);
    l2s_mem_free(&e->sys->mem, t->refused);
    l2s_mem_free(&e->sys->mem, t);
    sa->talk = NULL;
}

static void bury(struct l2s_ike *e, struct l2s_v1_grave *g)
{
    struct l2s_v1_sa *sa = L2S_CONTAINER(g, struct l2s_v1_sa, grave);

    free_talk(sa);
    l2s_repeat_fini(&sa->theirs);
    l2s_timers_release(&e->sys->timers, 1);
    l2s_mem_free(&e->sys->mem, sa);
}

struct l2s_v1_sa *l2s_v1_sa_new(struct l2s_ike *e, bool initiator, const uint8_t icookie[L2S_COOKIE],
                                const uint8_t rcookie[L2S_COOKIE])
{
    struct l2s_v1_sa *sa;

    if (l2s_timers_reserve(&e->sys->timers, 1) != L2TPSEC_OK)
        return NULL;
    sa = l2s_mem_new(&e->sys->mem, sizeof *sa);
    if (!sa) {
        l2s_timers_release(&e->sys->timers, 1);
        return NULL;
    }
    sa->e = e;
    sa->born = e->sys->now;
    sa->initiator = initiator;
    memcpy(sa->icookie, icookie, L2S_COOKIE);
    memcpy(sa->rcookie, rcookie, L2S_COOKIE);
    l2s_list_init(&sa->node);
    l2s_list_init(&sa->quicks);
    l2s_timer_init(&sa->timer, fire, sa);
    l2s_v1_main_fsm(sa);

    l2s_repeat_init(&sa->theirs, e->sys, e->sas.key);
    if ((sa->talk = l2s_mem_new(&e->sys->mem, sizeof *sa->talk)) != NULL &&
        l2s_retransmit_init(&sa->talk->ours, e->sys, resend, give_up, sa) == L2TPSEC_OK &&
        (sa->id = l2s_idtab_add(&e->sa_ids, sa)) != 0 &&
        l2s_hash_add(&e->sas, &sa->hnode, hash_of(e, icookie, rcookie)) == L2TPSEC_OK)
        return sa;
    l2s_idtab_remove(&e->sa_ids, sa->id);
    bury(e, &sa->grave);
    return NULL;
}

void l2s_v1_sa_end(struct l2s_v1_sa *sa)
{
    struct l2s_ike *e = sa->e;
    bool renewing = sa->peer && l2s_v1_quick_busy(sa);

    if (sa->gone)
        return;
    sa->gone = true;
    if (sa->up)
        e->stats.established--;
    while (!l2s_list_empty(&sa->quicks))
        l2s_v1_quick_end(L2S_LIST_ENTRY(sa->quicks.next, struct l2s_v1_quick, node));
    if (renewing && !sa->peer->gone && l2s_v1_child_newest(sa->peer)) /* again, under the next one */
        l2s_v1_child_retry(l2s_v1_child_newest(sa->peer));
    if (sa->half)
        l2s_half_open_remove(&e->half, sa->half);
    sa->half = NULL;
    l2s_timer_cancel(&e->sys->timers, &sa->timer);
    if (sa->talk)
        l2s_retransmit_stop(&sa->talk->ours);
    l2s_hash_remove(&e->sas, &sa->hnode);
    l2s_idtab_remove(&e->sa_ids, sa->id);
    l2s_list_remove(&sa->node);
    l2s_v1_bury(e, &sa->grave, bury);
}

uint32_t l2s_v1_sa_wanted_life(const struct l2s_v1_sa *sa)
{
    uint32_t ours = sa->cfg->ike_lifetime_s ? sa->cfg->ike_lifetime_s : L2S_LIFE_DEFAULT;
    uint32_t known = sa->peer ? sa->peer->life_s : 0;

    return known && known < ours ? known : ours;
}

void l2s_v1_sa_schedule(struct l2s_v1_sa *sa)
{
    struct l2s_ike *e = sa->e;
    uint32_t ours = l2s_v1_sa_wanted_life(sa);
    uint64_t shorter = sa->life_s < ours ? sa->life_s : ours;
    uint64_t margin = l2s_v1_margin(sa->cfg, shorter);

    sa->soft_due = sa->up_at + shorter * L2S_SECOND;
    sa->soft_due -= sa->initiator ? margin + l2s_v1_jitter(e, margin / 2 + 1) : margin / 2;
    /* The life the peer knows of: some never renew phase 1, and hang up when it ends early. */
    sa->hard_due = sa->up_at + (uint64_t)sa->life_s * L2S_SECOND;
    sa->delete_at_end = sa->initiator;
    wake_at(sa);
}

void l2s_v1_sa_up(struct l2s_v1_sa *sa)
{
    free_talk(sa);
    sa->up = true;
    sa->up_at = sa->e->sys->now;
    sa->e->stats.established++;
    l2s_v1_sa_schedule(sa);
}

void l2s_v1_sa_retry(struct l2s_v1_sa *sa)
{
    uint64_t now = sa->e->sys->now;
    uint64_t left = sa->hard_due > now ? sa->hard_due - now : 0;
    uint64_t wait = left / 4 > RETRY_MIN ? left / 4 : RETRY_MIN;

    if (wait + RETRY_MIN > left || sa->delete_at_end != sa->initiator)
        return;
    sa->soft_due = now + wait;
    wake_at(sa);
}

void l2s_v1_sa_delete(struct l2s_v1_sa *sa)
{
    uint64_t id = sa->id;
    struct l2s_ike *e = sa->e;

    if (sa->up && !sa->gone)
        l2s_v1_info_delete_ike(sa);
    if (l2s_idtab_get(&e->sa_ids, id) == sa)
        l2s_v1_sa_end(sa);
}

void l2s_v1_sa_retire(struct l2s_v1_sa *sa, uint64_t after)
{
    uint64_t due = sa->e->sys->now + after;

    sa->soft_due = 0;
    if (due < sa->hard_due)
        sa->hard_due = due;
    sa->delete_at_end = true;
    wake_at(sa);
}

/* ---- odds and ends --------------------------------------------------------------------------------------------- */

struct l2s_isakmp l2s_v1_sa_header(const struct l2s_v1_sa *sa, uint8_t exchange, uint8_t flags, uint32_t message_id)
{
    struct l2s_isakmp h = {.exchange = exchange, .flags = flags, .message_id = message_id};

    memcpy(h.icookie, sa->icookie, L2S_COOKIE);
    memcpy(h.rcookie, sa->rcookie, L2S_COOKIE);
    return h;
}

static bool is(const uint8_t said[L2S_COOKIE], const uint8_t cookie[L2S_COOKIE])
{
    return l2s_cookie_zero(said) || memcmp(said, cookie, L2S_COOKIE) == 0;
}

bool l2s_v1_sa_named(const struct l2s_v1_sa *sa, const struct l2s_rd *cookies)
{
    return !cookies->bad && cookies->left == 2 * L2S_COOKIE && is(cookies->p, sa->icookie) &&
           is(cookies->p + L2S_COOKIE, sa->rcookie);
}

uint64_t l2s_v1_key_mark(const struct l2s_v1_talk *t, const struct l2s_ike *e)
{
    return l2s_hash_of(&e->sas, t->psk, t->psk_len) | 1;
}

struct l2s_v1_said l2s_v1_sa_said(const struct l2s_v1_sa *sa)
{
    const struct l2s_v1_talk *t = sa->talk;
    struct l2s_v1_said s = {
        .icookie = sa->icookie,
        .rcookie = sa->rcookie,
        .ni = l2s_v1_bytes(&t->ni),
        .nr = l2s_v1_bytes(&t->nr),
        .gxi = l2s_v1_bytes(&t->gxi),
        .gxr = l2s_v1_bytes(&t->gxr),
        .sai = l2s_v1_bytes(&t->sai),
    };

    return s;
}

bool l2s_v1_used(const struct l2s_v1_ids *ids, uint32_t message_id)
{
    for (size_t i = 0; i < L2S_V1_IDS_KEPT; i++)
        if (ids->id[i] == message_id && message_id != 0)
            return true;
    return false;
}

void l2s_v1_use(struct l2s_v1_ids *ids, uint32_t message_id)
{
    ids->id[ids->next] = message_id;
    ids->next = (ids->next + 1) % L2S_V1_IDS_KEPT;
}

int l2s_v1_sa_fresh_id(struct l2s_v1_sa *sa, uint32_t *out)
{
    for (unsigned i = 0; i < 8; i++) {
        int rc = l2s_v1_random_number(sa->e, out);
        if (rc != L2TPSEC_OK)
            return rc;
        if (!l2s_v1_used(&sa->quick_ids, *out) && !l2s_v1_used(&sa->info_ids, *out) && !l2s_v1_quick_find(sa, *out))
            return L2TPSEC_OK;
    }
    return L2TPSEC_ERANDOM;
}
