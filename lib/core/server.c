/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/server.h"

#include "base/errors.h"
#include "core/lease.h"

#include <string.h>

#define POOL6_MOST 56u /* with shards: the last byte of a client's prefix is that of its IPv4 address */

const struct l2s_profile *l2s_profile_of(const struct l2tpsec_profile *p)
{
    return &p->settings;
}

void l2s_server_unlist(struct l2tpsec_profile *p)
{
    l2s_list_remove(&p->node);
    l2s_profile_changed(p);
    l2s_profile_fini(&p->settings);
    l2s_mem_free(&p->c->sys.mem, p);
}

void l2s_profile_changed(struct l2tpsec_profile *p)
{
    l2s_shared_put(p->c, p->dialled);
    p->dialled = NULL;
}

int32_t l2s_profile_dial(struct l2tpsec_profile *p, struct l2s_shared_profile **out)
{
    int32_t rc = p->dialled ? L2TPSEC_OK : l2s_shared_new(p->c, &p->settings, false, &p->dialled);

    if (rc != L2TPSEC_OK || !p->dialled)
        return rc;
    p->dialled->users++;
    *out = p->dialled;
    return L2TPSEC_OK;
}

/* Profiles nobody points to any more. Half-open exchanges do, and are no users, so they go once none is left. */
void l2s_server_drop_unused(struct l2tpsec *c)
{
    const struct l2s_ike_stats *ike = l2s_ike_stats(c->ike);

    if (ike->half_open)
        return;
    L2S_LIST_EACH (&c->servers, n, after) {
        struct l2s_shared_profile *s = L2S_LIST_ENTRY(n, struct l2s_shared_profile, node);
        bool in_force = c->listening && n == c->servers.next;
        if (!in_force && s->users == 1)
            l2s_shared_put(c, s);
    }
}

/* A fresh pool, with the addresses in use and our own taken. */
static int32_t refill(struct l2tpsec *c, const struct l2s_profile *p)
{
    struct l2s_pool pool;

    memset(&pool, 0, sizeof pool);
    if (p->pool_len) {
        int rc = l2s_pool_init(&pool, &c->sys.mem, p->pool, p->pool_len);
        if (rc != L2TPSEC_OK)
            return rc;
        l2s_pool_share(&pool, &c->sys.shard);
        (void)l2s_pool_take(&pool, p->address);
    }
    l2s_leases_retake(c, &pool);
    l2s_pool_fini(&c->pool, &c->sys.mem);
    c->pool = pool;
    return L2TPSEC_OK;
}

int32_t l2s_server_listen(struct l2tpsec *c, const struct l2s_profile *p)
{
    static const uint8_t none[4];

    if (!p) {
        l2s_ike_listen(c->ike, NULL);
        c->listening = false;
        return L2TPSEC_OK;
    }
    if (!c->cb.address && (!p->pool_len || memcmp(p->address, none, 4) == 0))
        return L2TPSEC_EINVAL;
    if (l2s_sharded(&c->sys.shard) && p->pool6_len > POOL6_MOST)
        return L2TPSEC_EINVAL;
    struct l2s_shared_profile *s;
    int32_t rc = l2s_shared_new(c, p, true, &s);
    if (rc != L2TPSEC_OK)
        return rc;
    rc = refill(c, p);
    if (rc != L2TPSEC_OK) {
        l2s_shared_put(c, s);
        return rc;
    }
    struct l2s_node *first = c->servers.next;
    l2s_list_add_tail(first, &s->node); /* in front of the present one */
    l2s_ike_listen(c->ike, &s->p.ike);
    c->listening = true;
    l2s_server_drop_unused(c);
    return L2TPSEC_OK;
}
