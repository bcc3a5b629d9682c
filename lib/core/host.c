/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/host.h"

#include "base/errors.h"
#include "base/wipe.h"
#include "core/channel.h"
#include "core/history.h"
#include "core/lease.h"
#include "core/link.h"

#include <string.h>

/* Bindings of some languages return 0 from a callback that failed. So never take what was not written for random: eight
 * zero bytes in a row come by chance once in 2^64 times. */
#define CHANCE_LEAST 8u

int l2s_host_random(void *user, void *buf, size_t n)
{
    static const uint8_t untouched[CHANCE_LEAST];
    struct l2tpsec *c = user;
    uint8_t few[CHANCE_LEAST];
    uint8_t *to = n < sizeof few ? few : buf;
    size_t want = n < sizeof few ? sizeof few : n;

    if (c->doomed)
        return -1;
    memset(to, 0, want);
    c->asking++;
    int32_t rc = c->cb.random(c->user, to, want);
    c->asking--;
    if (rc != L2TPSEC_OK || memcmp(to, untouched, sizeof untouched) == 0)
        return -1;
    if (to == few)
        memcpy(buf, few, n);
    l2s_wipe(few, sizeof few);
    return 0;
}

/* Our blocks come and go in mid-step: a host that calls back from there is told so. */
void *l2s_host_alloc(void *user, size_t n)
{
    struct l2tpsec *c = user;

    c->asking++;
    void *p = c->cb.alloc(c->user, n);
    c->asking--;
    return p;
}

void l2s_host_release(void *user, void *p)
{
    struct l2tpsec *c = user;

    c->asking++;
    c->cb.release(c->user, p);
    c->asking--;
}

int l2s_host_secret(struct l2tpsec *c, const l2tpsec_query *q, uint8_t *out, size_t cap, size_t *len)
{
    int32_t rc = L2TPSEC_ENOENT;

    *len = SIZE_MAX; /* nobody wrote it */
    if (c->cb.secret && !c->doomed) {
        c->asking++;
        rc = c->cb.secret(c->user, q, out, cap, len);
        c->asking--;
    }
    if (rc == L2TPSEC_EAGAIN)
        return L2S_PENDING;
    bool there = (rc == L2TPSEC_OK || rc == L2TPSEC_EEXPIRED) && *len > 0 && *len <= cap;
    return !there ? L2TPSEC_ENOENT : rc == L2TPSEC_EEXPIRED && q->kind == L2TPSEC_SECRET_PSK ? L2TPSEC_ENOENT : rc;
}

int l2s_host_new_password(struct l2tpsec *c, const l2tpsec_query *q, const uint8_t *secret, size_t len)
{
    int32_t rc = L2TPSEC_ENOENT;

    if (c->cb.new_password && !c->doomed) {
        c->asking++;
        rc = c->cb.new_password(c->user, q, secret, len);
        c->asking--;
    }
    return rc == L2TPSEC_EAGAIN ? L2S_PENDING : rc == L2TPSEC_OK ? L2TPSEC_OK : L2TPSEC_ENOENT;
}

int l2s_host_sign(struct l2tpsec *c, const l2tpsec_sign_query *q, uint8_t *sig, size_t cap, size_t *len)
{
    int32_t rc = L2TPSEC_ENOENT;

    *len = SIZE_MAX;
    if (c->cb.sign && !c->doomed) {
        c->asking++;
        rc = c->cb.sign(c->user, q, sig, cap, len);
        c->asking--;
    }
    if (rc == L2TPSEC_EAGAIN)
        return L2S_PENDING;
    return rc == L2TPSEC_OK && *len > 0 && *len <= cap ? L2TPSEC_OK : L2TPSEC_ENOENT;
}

int l2s_host_wall_clock(struct l2tpsec *c, int64_t *now)
{
    int32_t rc = L2TPSEC_ENOENT;

    *now = 0; /* 1970: nobody wrote it */
    if (c->cb.wall_clock && !c->doomed) {
        c->asking++;
        rc = c->cb.wall_clock(c->user, now);
        c->asking--;
    }
    return rc == L2TPSEC_OK && *now > 0 ? L2TPSEC_OK : L2TPSEC_ENOENT;
}

/* ---- the log ---------------------------------------------------------------------------------------------------- */

/* The wings know numbers of their own: IKE's are channels, L2TP's sessions. PPP is given the link's. What a channel says
 * before it has a link is kept for its first one. */
static struct l2s_link *link_of(struct l2tpsec *c, const struct l2s_trace_record *r)
{
    struct l2s_link *l = NULL;

    if (strcmp(r->wing, "ike") == 0) {
        const struct l2s_channel *ch = l2s_channel_find(c, r->link);
        l = ch ? l2s_channel_link(ch) : l2s_ike_owner(c->ike, r->link);
        if (ch && !l)
            l2s_history_add(ch->history, r, c->sys.now);
    } else if (strcmp(r->wing, "l2tp") == 0) {
        l = l2s_l2tp_owner(c->l2tp, r->link);
    } else {
        l = l2s_idtab_get(&c->links, r->link);
    }
    return l;
}

/* What others cause by the thousand, drops and what strangers say, is told as often as somebody can read it; that something was left
 * out is told, too, and counters have all of it. */
#define DROPS_A_SECOND 32u /* for each reason */
#define STRANGERS_A_SECOND 256u

static bool ration_take(struct l2s_ration *r, uint64_t now, uint32_t most)
{
    if (now >= r->since + L2S_SECOND || !r->since) {
        r->since = now;
        r->given = 0;
    }
    r->given += r->given <= most;
    return r->given <= most;
}

static bool may_tell(struct l2tpsec *c, const struct l2s_trace_record *r, l2tpsec_id link)
{
    bool may = true;

    if (r->kind == L2S_TRACE_DROP)
        may = ration_take(&c->log_drops[r->value < L2TPSEC_DROP_COUNT ? r->value : L2TPSEC_DROP_INTERNAL], c->sys.now,
                          DROPS_A_SECOND);
    else if (r->kind == L2S_TRACE_MESSAGE && !link)
        may = ration_take(&c->log_strangers, c->sys.now, STRANGERS_A_SECOND);
    c->log_left_out += !may;
    return may;
}

static void tell(struct l2tpsec *c, const struct l2s_trace_record *r, l2tpsec_id link)
{
    static const uint8_t kinds[] = {[L2S_TRACE_EDGE] = L2TPSEC_RECORD_EDGE,
                                    [L2S_TRACE_DROP] = L2TPSEC_RECORD_DROP,
                                    [L2S_TRACE_NOTE] = L2TPSEC_RECORD_NOTE,
                                    [L2S_TRACE_MESSAGE] = L2TPSEC_RECORD_MESSAGE};
    l2tpsec_record rec = {.size = sizeof rec,
                          .kind = kinds[r->kind],
                          .time = c->sys.now,
                          .link = link,
                          .wing = r->wing,
                          .machine = r->machine,
                          .a = r->a,
                          .b = r->b,
                          .c = r->c,
                          .value = r->value};

    c->asking++;
    c->cb.log(c->user, &rec);
    c->asking--;
}

static void record(struct l2tpsec *c, const struct l2s_trace_record *r, l2tpsec_id link)
{
    if (!c->cb.log || !may_tell(c, r, link))
        return;
    if (c->log_left_out) {
        struct l2s_trace_record left = {
            .kind = L2S_TRACE_NOTE, .wing = "core", .a = "records left out", .value = (int64_t)c->log_left_out};
        c->log_left_out = 0;
        tell(c, &left, 0);
    }
    tell(c, r, link);
}

void l2s_host_trace(void *user, const struct l2s_trace_record *r)
{
    struct l2tpsec *c = user;

    if (c->doomed || (!c->cb.log && r->kind != L2S_TRACE_MESSAGE && r->kind != L2S_TRACE_DROP))
        return;
    struct l2s_link *l = r->link ? link_of(c, r) : NULL;
    if (l)
        l2s_history_add(l->history, r, c->sys.now);
    record(c, r, l ? l->id : 0);
}

void l2s_host_drop(struct l2tpsec *c, const char *wing, struct l2s_link *l, uint32_t reason)
{
    uint32_t known = reason < L2TPSEC_DROP_COUNT ? reason : L2TPSEC_DROP_INTERNAL;

    c->drops[known]++;
    if (l)
        l->drops[known] += l->drops[known] != UINT32_MAX;
    struct l2s_trace_record r = {.kind = L2S_TRACE_DROP, .wing = wing, .a = "packet", .value = known};
    record(c, &r, l ? l->id : 0);
}

/* ---- answers that came later ----------------------------------------------------------------------------------- */

uint64_t l2s_host_token(const struct l2s_link *l, unsigned kind)
{
    return (uint64_t)++l->c->questions << 32 | (uint32_t)l->id << 2 | kind;
}

static struct l2s_link *asker(const struct l2tpsec *c, uint64_t token)
{
    return l2s_idtab_at(&c->links, (uint32_t)token >> 2);
}

int32_t l2s_host_answer(struct l2tpsec *c, uint64_t token, const void *secret, size_t len, bool expired)
{
    if ((token & 3) == L2S_TOKEN_PSK && expired)
        return L2TPSEC_EINVAL;
    if ((token & 3) == L2S_TOKEN_PSK)
        return l2s_ike_psk_answer(c->ike, token >> 2, secret, len);
    struct l2s_link *l = asker(c, token);
    if (!l || l->token != token || !l->ppp)
        return L2TPSEC_ENOENT;
    l->token = 0;
    return l2s_ppp_answer(l->ppp, secret, len, expired);
}

int32_t l2s_host_answer_signature(struct l2tpsec *c, uint64_t token, const void *sig, size_t len)
{
    if ((token & 3) != L2S_TOKEN_SIGNATURE)
        return L2TPSEC_ENOENT;
    return l2s_ike_signature_answer(c->ike, token >> 2, sig, len);
}

int32_t l2s_host_answer_address(struct l2tpsec *c, uint64_t token, const l2tpsec_addresses *a)
{
    struct l2s_link *l = asker(c, token);
    struct l2s_ppp_net net;

    if (!l || l->token != token || !l->ppp)
        return L2TPSEC_ENOENT;
    l->token = 0;
    bool granted = a && l2s_lease_grant(l, a, &net) == L2TPSEC_OK;
    return l2s_ppp_addresses(l->ppp, granted ? &net : NULL);
}
