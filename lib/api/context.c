/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The exported functions on contexts and links: check, adapt, enter, call core, leave. */
#include "core/context.h"
#include "base/errors.h"
#include "core/events.h"
#include "core/link.h"
#include "core/server.h"

#include <string.h>

int32_t l2tpsec_new(l2tpsec **out, const l2tpsec_callbacks *cb, void *user, uint64_t now)
{
    return out && cb ? l2s_core_new(out, cb, user, now) : L2TPSEC_EINVAL;
}

void l2tpsec_free(l2tpsec *ctx)
{
    l2s_core_free(ctx);
}

#if L2S_WITH_CLIENT
static bool usable(const l2tpsec_addr *a)
{
    return a && (a->family == 4 || a->family == 6);
}
#endif

int32_t l2tpsec_connect(l2tpsec *ctx, const l2tpsec_profile *p, const l2tpsec_addr *local, const l2tpsec_addr *remote,
                        uint64_t now, l2tpsec_id *link)
{
#if L2S_WITH_CLIENT
    if (!ctx || !p || !link || !usable(local) || !usable(remote) || local->family != remote->family)
        return L2TPSEC_EINVAL;
    const struct l2s_profile *settings = l2s_profile_of(p);
    if (!settings->user[0])
        return L2TPSEC_EINVAL;
    int32_t rc = l2s_core_enter(ctx, now, false);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_link_connect(ctx, settings, local, remote, link);
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

int32_t l2tpsec_answer(l2tpsec *ctx, uint64_t token, const void *secret, size_t len, uint64_t now)
{
    if (!ctx || (!secret && len))
        return L2TPSEC_EINVAL;
    if (len > L2S_PPP_SECRET_MAX || len > L2S_PSK_MAX)
        return L2TPSEC_ERANGE;
    int32_t rc = l2s_core_enter(ctx, now, false);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_link_answer(ctx, token, secret, len);
    l2s_core_leave(ctx);
    return rc;
}

int32_t l2tpsec_answer_address(l2tpsec *ctx, uint64_t token, const l2tpsec_addresses *a, uint64_t now)
{
    if (!ctx || (a && a->size < sizeof *a))
        return L2TPSEC_EINVAL;
    int32_t rc = l2s_core_enter(ctx, now, false);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = l2s_link_answer_address(ctx, token, a);
    l2s_core_leave(ctx);
    return rc;
}

static bool all_there(const l2tpsec_packet *pkts, size_t n)
{
    if (!pkts && n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!pkts[i].data && pkts[i].len)
            return false;
    }
    return true;
}

int32_t l2tpsec_input(l2tpsec *ctx, l2tpsec_packet *pkts, size_t n, uint64_t now)
{
    if (!ctx || !all_there(pkts, n))
        return L2TPSEC_EINVAL;
    int32_t rc = l2s_core_enter(ctx, now, true);
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
    int32_t rc = l2s_core_enter(ctx, now, false);
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
    int32_t rc = l2s_core_enter(ctx, now, true);
    if (rc != L2TPSEC_OK)
        return rc;
    l2s_timers_run(&ctx->sys.timers, ctx->sys.now);
    l2s_core_leave(ctx);
    return L2TPSEC_OK;
}

uint64_t l2tpsec_next_timeout(const l2tpsec *ctx)
{
    return ctx ? l2s_timers_next(&ctx->sys.timers) : L2TPSEC_NEVER;
}

/* Copy as much as the caller's struct has room for; its size stays its own. */
static void give(void *out, const void *mine, size_t mine_size)
{
    uint32_t theirs;

    memcpy(&theirs, out, sizeof theirs);
    size_t n = theirs < mine_size ? theirs : mine_size;
    memcpy((uint8_t *)out + sizeof theirs, (const uint8_t *)mine + sizeof theirs, n - sizeof theirs);
    if (theirs > mine_size)
        memset((uint8_t *)out + mine_size, 0, theirs - mine_size);
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
        s = l->stats;
    } else {
        const struct l2s_ike_stats *ike = l2s_ike_stats(ctx->ike);
        s = ctx->stats;
        s.links_up = ctx->links_up;
        s.half_open = ike->half_open;
        for (size_t i = 0; i < L2TPSEC_DROP_COUNT; i++)
            s.drops[i] += ike->drops[i];
        s.memory = ctx->sys.mem.held;
        s.allocations = ctx->sys.mem.allocs;
    }
    give(out, &s, sizeof s);
    return L2TPSEC_OK;
}

int32_t l2tpsec_get_link(const l2tpsec *ctx, l2tpsec_id link, l2tpsec_event *out)
{
    if (!ctx || !out || out->size < sizeof out->size)
        return L2TPSEC_EINVAL;
    const struct l2s_link *l = l2s_idtab_get(&ctx->links, link);
    if (!l)
        return L2TPSEC_ENOENT;
    if (!l2s_link_up(l))
        return L2TPSEC_ESTATE;
    l2s_event_link(ctx->shown, l);
    ctx->shown->ev.type = L2TPSEC_EVENT_UP;
    give(out, &ctx->shown->ev, sizeof ctx->shown->ev);
    return L2TPSEC_OK;
}
