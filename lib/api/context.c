/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The exported functions on contexts and links: check, adapt, enter, call core, leave. */
#include "core/context.h"
#include "base/errors.h"
#include "core/events.h"
#include "core/history.h"
#include "core/host.h"
#include "core/inform.h"
#include "core/link.h"
#include "core/roam.h"
#include "core/server.h"
#include "core/structs.h"

#include <string.h>

int32_t l2tpsec_new(l2tpsec **out, const l2tpsec_callbacks *cb, void *user, uint64_t now)
{
    return out && cb ? l2s_core_new(out, cb, user, now) : L2TPSEC_EINVAL;
}

const char *l2tpsec_engine_name(const l2tpsec *ctx)
{
    return ctx ? ctx->crypto->ops->name : "";
}

void l2tpsec_free(l2tpsec *ctx)
{
    l2s_core_free(ctx);
}

#if L2S_WITH_CLIENT
static bool usable(const l2tpsec_addr *a)
{
    return a && a->family && l2s_addr_sane(a);
}
#endif

int32_t l2tpsec_connect(l2tpsec *ctx, const l2tpsec_profile *p, const l2tpsec_addr *local, const l2tpsec_addr *remote,
                        uint64_t now, l2tpsec_id *link)
{
#if L2S_WITH_CLIENT
    if (!ctx || !p || !link || !usable(local) || !usable(remote) || local->family != remote->family)
        return L2TPSEC_EINVAL;
    int32_t rc = l2s_core_enter(ctx, now, false);
    if (rc != L2TPSEC_OK)
        return rc;
    ctx->begun = true;
    struct l2s_shared_profile *shared;
    /* What the host sees of its profile does not change: a copy is kept with it. */
    rc = l2s_profile_dial((struct l2tpsec_profile *)p, &shared);
    if (rc == L2TPSEC_OK)
        rc = l2s_link_connect(ctx, shared, local, remote, link);
    l2s_core_leave(ctx);
    return rc;
#else
    (void)ctx, (void)p, (void)local, (void)remote, (void)now, (void)link;
    return L2TPSEC_EUNSUP;
#endif
}

int32_t l2tpsec_listen(l2tpsec *ctx, const l2tpsec_profile *p, uint64_t now)
{
#if L2S_WITH_SERVER
    if (!ctx)
        return L2TPSEC_EINVAL;
    int32_t rc = l2s_core_enter(ctx, now, false);
    if (rc != L2TPSEC_OK)
        return rc;
    ctx->begun = ctx->begun || p;
    rc = l2s_server_listen(ctx, p ? l2s_profile_of(p) : NULL);
    l2s_core_leave(ctx);
    return rc;
#else
    (void)ctx, (void)p, (void)now;
    return L2TPSEC_EUNSUP;
#endif
}

int32_t l2tpsec_close(l2tpsec *ctx, l2tpsec_id link, uint64_t now)
{
    if (!ctx)
        return L2TPSEC_EINVAL;
    int32_t rc = l2s_core_enter(ctx, now, false);
    if (rc != L2TPSEC_OK)
        return rc;
    struct l2s_link *l = l2s_idtab_get(&ctx->links, link);
    uint32_t at = 0;
    if (link == 0) {
        while ((l = l2s_idtab_next(&ctx->links, &at)) != NULL)
            l2s_link_close(l);
    } else if (l) {
        l2s_link_close(l);
    } else {
        rc = L2TPSEC_ENOENT;
    }
    l2s_core_leave(ctx);
    return rc;
}

static int32_t changed(l2tpsec *ctx, l2tpsec_id link, const l2tpsec_addr *local, uint64_t now)
{
    int32_t rc = l2s_core_enter(ctx, now, false);

    if (rc != L2TPSEC_OK)
        return rc;
    struct l2s_link *l = l2s_idtab_get(&ctx->links, link);
    uint32_t at = 0;
    if (link == 0) {
        while ((l = l2s_idtab_next(&ctx->links, &at)) != NULL)
            if (l->dial)
                l2s_roam(l, local && local->family == l->dial->remote.family ? local : NULL);
    } else if (!l || !l->dial) {
        rc = L2TPSEC_ENOENT;
    } else if (local && local->family != l->dial->remote.family) {
        rc = L2TPSEC_EINVAL;
    } else {
        l2s_roam(l, local);
    }
    l2s_core_leave(ctx);
    return rc;
}

int32_t l2tpsec_network_changed(l2tpsec *ctx, l2tpsec_id link, const l2tpsec_addr *local, uint64_t now)
{
    if (!ctx || (local && (!l2s_addr_sane(local) || !local->family)))
        return L2TPSEC_EINVAL;
    return changed(ctx, link, local, now);
}

int32_t l2tpsec_resume(l2tpsec *ctx, uint64_t now)
{
    return ctx ? changed(ctx, 0, NULL, now) : L2TPSEC_EINVAL;
}

static int32_t answer(l2tpsec *ctx, uint64_t token, const void *secret, size_t len, bool expired, uint64_t now)
{
    if (!ctx || (!secret && len))
        return L2TPSEC_EINVAL;
    if (len > L2S_PPP_SECRET_MAX || len > L2S_PSK_MAX)
        return L2TPSEC_ERANGE;
    int32_t rc = l2s_core_enter(ctx, now, false);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_host_answer(ctx, token, secret, len, expired);
    l2s_core_leave(ctx);
    return rc;
}

int32_t l2tpsec_answer(l2tpsec *ctx, uint64_t token, const void *secret, size_t len, uint64_t now)
{
    return answer(ctx, token, secret, len, false, now);
}

int32_t l2tpsec_answer_expired(l2tpsec *ctx, uint64_t token, const void *password, size_t len, uint64_t now)
{
    return password ? answer(ctx, token, password, len, true, now) : L2TPSEC_EINVAL;
}

int32_t l2tpsec_answer_signature(l2tpsec *ctx, uint64_t token, const void *signature, size_t len, uint64_t now)
{
    if (!ctx || (!signature && len))
        return L2TPSEC_EINVAL;
    if (len > L2S_SIGNATURE_MAX)
        return L2TPSEC_ERANGE;
    int32_t rc = l2s_core_enter(ctx, now, false);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_host_answer_signature(ctx, token, signature, len);
    l2s_core_leave(ctx);
    return rc;
}

int32_t l2tpsec_answer_address(l2tpsec *ctx, uint64_t token, const l2tpsec_addresses *a, uint64_t now)
{
    l2tpsec_addresses mine = {.size = sizeof mine};

    if (!ctx)
        return L2TPSEC_EINVAL;
    int32_t rc = a ? l2s_struct_take(&mine, a, sizeof mine, offsetof(l2tpsec_addresses, dns)) : L2TPSEC_OK;
    if (rc == L2TPSEC_OK && !(l2s_addr_sane(&mine.local) && l2s_addr_sane(&mine.peer)))
        rc = L2TPSEC_EINVAL;
    if (rc == L2TPSEC_OK)
        rc = l2s_core_enter(ctx, now, false);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_host_answer_address(ctx, token, a ? &mine : NULL);
    l2s_core_leave(ctx);
    return rc;
}

/* What is reserved is zero, or it could never be given a meaning. */
static bool there(const l2tpsec_packet *p)
{
    return (p->data || !p->len) && !(p->reserved[0] | p->reserved[1]);
}

static bool all_there(const l2tpsec_packet *pkts, size_t n)
{
    bool good = pkts || !n;

    for (size_t i = 0; i < n && good; i++)
        good = there(&pkts[i]);
    return good;
}

static bool addressed(const l2tpsec_packet *p)
{
    return there(p) && p->local.family && p->local.family == p->remote.family && l2s_addr_sane(&p->local) &&
           l2s_addr_sane(&p->remote);
}

static uint64_t behind_ipv4(const l2tpsec_addr *a)
{
    uint64_t first;
    uint32_t last;

    memcpy(&first, a->ip + 4, sizeof first);
    memcpy(&last, a->ip + 12, sizeof last);
    return first | last | a->reserved;
}

/* The same for IPv4, in one look. */
static inline bool plainly_addressed(const l2tpsec_packet *p)
{
    return !(behind_ipv4(&p->local) | behind_ipv4(&p->remote) | p->reserved[0] | p->reserved[1] |
             (p->local.family ^ 4u) | (p->remote.family ^ 4u)) &&
           p->data;
}

static bool all_addressed(const l2tpsec_packet *pkts, size_t n)
{
    bool good = pkts || !n;

    for (size_t i = 0; i < n && good; i++)
        good = plainly_addressed(&pkts[i]) || addressed(&pkts[i]);
    return good;
}

int32_t l2tpsec_input(l2tpsec *ctx, l2tpsec_packet *pkts, size_t n, uint64_t now)
{
    if (!ctx || !all_addressed(pkts, n))
        return L2TPSEC_EINVAL;
    int32_t rc = l2s_core_enter_data(ctx, now, true);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_core_input(ctx, pkts, n);
    l2s_core_leave(ctx);
    return L2TPSEC_OK;
}

int32_t l2tpsec_output(l2tpsec *ctx, l2tpsec_packet *pkts, size_t n, uint64_t now)
{
    if (!ctx || !all_there(pkts, n))
        return L2TPSEC_EINVAL;
    int32_t rc = l2s_core_enter_data(ctx, now, false);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_core_output(ctx, pkts, n);
    l2s_core_leave(ctx);
    return L2TPSEC_OK;
}

int32_t l2tpsec_tick(l2tpsec *ctx, uint64_t now)
{
    if (!ctx)
        return L2TPSEC_EINVAL;
    int32_t rc = l2s_core_enter_data(ctx, now, true);
    if (rc != L2TPSEC_OK)
        return rc;
    if (l2s_timers_next(&ctx->sys.timers) <= ctx->sys.now) {
        l2s_timers_run(&ctx->sys.timers, ctx->sys.now);
        ctx->epoch++;
    }
    l2s_core_leave(ctx);
    return L2TPSEC_OK;
}

uint64_t l2tpsec_next_timeout(const l2tpsec *ctx)
{
    return ctx ? l2s_timers_next(&ctx->sys.timers) : L2TPSEC_NEVER;
}

int32_t l2tpsec_get_stats(const l2tpsec *ctx, l2tpsec_id link, l2tpsec_stats *out)
{
    l2tpsec_stats s;

    if (!ctx || !out || out->size < sizeof out->size)
        return L2TPSEC_EINVAL;
    if (link) {
        const struct l2s_link *l = l2s_idtab_get(&ctx->links, link);
        if (!l)
            return L2TPSEC_ENOENT;
        s = (l2tpsec_stats){.packets_in = l->stats.packets_in,
                            .bytes_in = l->stats.bytes_in,
                            .packets_out = l->stats.packets_out,
                            .bytes_out = l->stats.bytes_out,
                            .rekeys = l->stats.rekeys};
    } else {
        const struct l2s_ike_stats *ike = l2s_ike_stats(ctx->ike);
        s = ctx->stats;
        s.links_up = ctx->links_up;
        s.half_open = ike->half_open;
        s.memory = ctx->sys.mem.held;
        s.allocations = ctx->sys.mem.allocs;
    }
    l2s_struct_give(out, &s, sizeof s);
    return L2TPSEC_OK;
}

int32_t l2tpsec_get_drops(const l2tpsec *ctx, l2tpsec_id link, uint64_t *out, size_t n)
{
    if (!ctx || (!out && n))
        return L2TPSEC_EINVAL;
    const struct l2s_link *l = l2s_idtab_get(&ctx->links, link);
    if (link && !l)
        return L2TPSEC_ENOENT;
    for (size_t i = 0; i < n; i++) {
        out[i] = 0;
        if (i < L2TPSEC_DROP_COUNT)
            out[i] = l ? l->drops[i] : ctx->drops[i] + l2s_ike_stats(ctx->ike)->drops[i];
    }
    return L2TPSEC_OK;
}

/* A list of structs for a host whose own may be longer or shorter: each is as long as the first one says. */
static bool list_is_sound(const void *ctx, const uint32_t *size, size_t n)
{
    return ctx && (n == 0 || (size && *size >= sizeof *size && *size % sizeof(uint64_t) == 0));
}

static void list_give(void *out, uint32_t stride, uint32_t i, const void *from, size_t n)
{
    uint32_t *to = (void *)((uint8_t *)out + (size_t)i * stride);

    *to = stride;
    l2s_struct_give(to, from, n);
}

int32_t l2tpsec_get_messages(const l2tpsec *ctx, l2tpsec_id link, l2tpsec_record *out, size_t n)
{
    if (!list_is_sound(ctx, out ? &out->size : NULL, n))
        return L2TPSEC_EINVAL;
    const struct l2s_link *l = l2s_idtab_get(&ctx->links, link);
    const struct l2s_event *told = ctx->told && ctx->told->ev.link == link ? ctx->told : NULL;
    if (!link || (!l && !told))
        return L2TPSEC_ENOENT;
    const struct l2s_history *h = l ? l->history : told->history;
    uint32_t have = l2s_history_count(h), given = n < have ? (uint32_t)n : have, stride = n ? out->size : 0;
    for (uint32_t i = 0; i < given; i++) {
        const l2tpsec_record r = l2s_history_at(h, have - given + i, link);
        list_give(out, stride, i, &r, sizeof r);
    }
    return (int32_t)have;
}

int32_t l2tpsec_get_routes(const l2tpsec *ctx, l2tpsec_id link, l2tpsec_route *out, size_t n)
{
    if (!list_is_sound(ctx, out ? &out->size : NULL, n))
        return L2TPSEC_EINVAL;
    const struct l2s_link *l = l2s_idtab_get(&ctx->links, link);
    if (!l)
        return L2TPSEC_ENOENT;
    const struct l2s_told *t = l->dial ? l->dial->inform.told : NULL;
    uint32_t have = t ? t->n : 0, given = n < have ? (uint32_t)n : have, stride = n ? out->size : 0;
    for (uint32_t i = 0; i < given; i++) {
        l2tpsec_route r = {.prefix_len = t->route[i].len, .net = {.family = 4}, .gateway = {.family = 4}};
        memcpy(r.net.ip, t->route[i].net, 4);
        memcpy(r.gateway.ip, t->route[i].gateway, 4);
        list_give(out, stride, i, &r, sizeof r);
    }
    return (int32_t)have;
}

int32_t l2tpsec_get_link(l2tpsec *ctx, l2tpsec_id link, l2tpsec_event *out)
{
    if (!ctx || !out || out->size < sizeof out->size)
        return L2TPSEC_EINVAL;
    const struct l2s_link *l = l2s_idtab_get(&ctx->links, link);
    if (!l)
        return L2TPSEC_ENOENT;
    if (!l2s_link_up(l))
        return L2TPSEC_ESTATE;
    l2s_event_show(ctx->shown, l);
    l2s_struct_give(out, &ctx->shown->ev, sizeof ctx->shown->ev);
    return L2TPSEC_OK;
}
