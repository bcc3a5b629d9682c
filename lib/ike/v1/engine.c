/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "ike/v1/engine.h"

#include "ike/common/shard.h"
#include "ike/v1/sa.h"
#include "wire/wr.h"

#define BUCKET_REFILL L2S_SECOND

void l2s_v1_enter(struct l2s_ike *e)
{
    e->depth++;
}

void l2s_v1_leave(struct l2s_ike *e)
{
    if (--e->depth)
        return;
    while (e->graves) {
        struct l2s_v1_grave *g = e->graves;
        e->graves = g->next;
        g->bury(e, g);
    }
}

void l2s_v1_bury(struct l2s_ike *e, struct l2s_v1_grave *g, void (*bury)(struct l2s_ike *e, struct l2s_v1_grave *g))
{
    g->bury = bury;
    g->next = e->graves;
    e->graves = g;
}

bool l2s_v1_bucket_take(struct l2s_v1_bucket *b, uint64_t now)
{
    uint64_t fresh = (now - b->filled_at) / (BUCKET_REFILL / (b->rate ? b->rate : 1));

    if (fresh) {
        b->tokens = fresh < b->most - b->tokens ? b->tokens + (uint32_t)fresh : b->most;
        b->filled_at = now;
    }
    if (b->tokens == 0)
        return false;
    b->tokens--;
    return true;
}

void l2s_v1_drop(struct l2s_ike *e, uint64_t channel, uint32_t reason, const char *what)
{
    e->stats.drops[reason]++;
    l2s_trace_drop(&e->sys->trace, "ike", channel, what, reason);
}

void l2s_v1_say(struct l2s_ike *e, uint64_t channel, const char *direction, const char *what, int64_t value)
{
    l2s_trace_message(&e->sys->trace, "ike", channel, direction, what, value);
}

#define FLAGS_AT 19u
#define LENGTH_AT 24u

void l2s_v1_show(struct l2s_ike *e, uint64_t channel, const struct l2s_v1_path *path, bool sent, uint8_t *p, size_t n)
{
    uint8_t was[L2S_ISAKMP_HEADER];

    if (!e->port.tap)
        return;
    memcpy(was, p, sizeof was);
    p[FLAGS_AT] &= (uint8_t)~L2S_FLAG_ENCRYPTED;
    l2s_put32(p + LENGTH_AT, (uint32_t)n); /* without padding */
    e->port.tap(e->port.self, channel, &path->local, &path->remote, sent, p, n);
    memcpy(p, was, sizeof was);
}

/* What goes unencrypted is shown as often as it goes. */
static void show_if_clear(struct l2s_ike *e, const struct l2s_v1_path *to, const uint8_t *p, size_t n)
{
    const struct l2s_v1_sa *sa = l2s_v1_sa_find(e, p, p + L2S_COOKIE);

    if (!(p[FLAGS_AT] & L2S_FLAG_ENCRYPTED))
        e->port.tap(e->port.self, sa ? l2s_v1_sa_channel(sa) : 0, &to->local, &to->remote, true, p, n);
}

void l2s_v1_emit(struct l2s_ike *e, const struct l2s_v1_path *path, const uint8_t *p, size_t n)
{
    struct l2s_v1_path to = *path; /* who sends may move it */

    if (e->port.tap && n >= L2S_ISAKMP_HEADER)
        show_if_clear(e, &to, p, n);
    if (l2s_v1_fragments_emit(e, &to, p, n))
        return;
    e->port.emit(e->port.self, &to.local, &to.remote, to.marker, p, n);
}

/* Zero has a meaning of its own in cookies, SPIs and message ids. A source that yields nothing else has failed. */
#define CHANCES 8

int l2s_v1_random_number(struct l2s_ike *e, uint32_t *out)
{
    for (unsigned i = 0; i < CHANCES; i++) {
        if (l2s_random(e->sys, out, sizeof *out) != 0)
            return L2TPSEC_ERANDOM;
        if (*out != 0)
            return L2TPSEC_OK;
    }
    return L2TPSEC_ERANDOM;
}

/* local: of a responder; NULL: of an initiator. */
static int random_cookie(struct l2s_ike *e, const l2tpsec_addr *local, uint8_t out[L2S_COOKIE])
{
    for (unsigned i = 0; i < CHANCES; i++) {
        if (l2s_random(e->sys, out, L2S_COOKIE) != 0)
            return L2TPSEC_ERANDOM;
        if (local)
            l2s_ike_shard_mark_responder(&e->sys->shard, local, out);
        else
            l2s_ike_shard_mark(&e->sys->shard, out);
        if (!l2s_cookie_zero(out))
            return L2TPSEC_OK;
    }
    return L2TPSEC_ERANDOM;
}

int l2s_v1_random_cookie(struct l2s_ike *e, uint8_t out[L2S_COOKIE])
{
    return random_cookie(e, NULL, out);
}

int l2s_v1_random_rcookie(struct l2s_ike *e, const l2tpsec_addr *local, uint8_t out[L2S_COOKIE])
{
    return random_cookie(e, local, out);
}

uint64_t l2s_v1_jitter(struct l2s_ike *e, uint64_t most)
{
    uint32_t r;

    if (most == 0 || l2s_random(e->sys, &r, sizeof r) != 0)
        return 0;
    return r % most;
}

int l2s_v1_blob_set(struct l2s_ike *e, struct l2s_v1_blob *b, const void *p, size_t n)
{
    uint8_t *copy = n ? l2s_mem_dup(&e->sys->mem, p, n) : NULL;

    if (n && !copy)
        return L2TPSEC_ENOMEM;
    l2s_v1_blob_free(e, b);
    b->p = copy;
    b->n = n;
    return L2TPSEC_OK;
}

void l2s_v1_blob_free(struct l2s_ike *e, struct l2s_v1_blob *b)
{
    l2s_mem_free(&e->sys->mem, b->p);
    b->p = NULL;
    b->n = 0;
}

struct l2s_failure l2s_v1_failure(uint32_t cause, const char *step, const char *hint)
{
    struct l2s_failure f = {.layer = L2TPSEC_LAYER_IKE, .cause = cause, .step = step, .hint = hint};

    return f;
}

uint32_t l2s_v1_cause_of(int rc)
{
    switch (rc) {
    case L2TPSEC_ENOMEM:
        return L2TPSEC_CAUSE_NO_MEMORY;
    case L2TPSEC_ERANDOM:
        return L2TPSEC_CAUSE_NO_RANDOM;
    default:
        return L2TPSEC_CAUSE_INTERNAL;
    }
}
