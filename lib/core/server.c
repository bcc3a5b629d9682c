/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/server.h"

#include "base/errors.h"
#include "core/channel.h"
#include "core/lease.h"
#include "core/link.h"

#include <string.h>

#define POOL6_MOST 56u /* with shards: the last byte of a client's prefix is that of its IPv4 address */

const struct l2s_profile *l2s_profile_of(const struct l2tpsec_profile *p)
{
    return &p->settings;
}

void l2s_server_unlist(struct l2tpsec_profile *p)
{
    l2s_list_remove(&p->node);
    l2s_profile_fini(&p->settings);
    l2s_mem_free(&p->c->sys.mem, p);
}

void l2s_server_forget(struct l2tpsec *c, struct l2s_shared_profile *s)
{
    l2s_list_remove(&s->node);
    l2s_profile_fini(&s->p);
    l2s_mem_free(&c->sys.mem, s);
}

/* Former profiles nobody points to any more. Half-open exchanges do, so they go once none is left. */
static void drop_unused(struct l2tpsec *c)
{
    const struct l2s_ike_stats *ike = l2s_ike_stats(c->ike);

    if (ike->half_open)
        return;
    L2S_LIST_EACH (&c->servers, n, after) {
        struct l2s_shared_profile *s = L2S_LIST_ENTRY(n, struct l2s_shared_profile, node);
        bool used = n == c->servers.next;
        L2S_LIST_EACH (&c->channel_list, m, more)
            used = used || L2S_LIST_ENTRY(m, struct l2s_channel, node)->prof == &s->p;
        if (!used)
            l2s_server_forget(c, s);
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
    struct l2s_shared_profile *s = l2s_mem_new(&c->sys.mem, sizeof *s);
    if (!s)
        return L2TPSEC_ENOMEM;
    l2s_list_init(&s->node);
    l2s_profile_copy(&s->p, p);
    s->p.ppp.server = true;
    s->p.ppp.name = s->p.server_name;
    l2s_ike_policy_fit(&s->p.ike.ike, c->crypto);
    l2s_esp_policy_fit(&s->p.ike.esp, c->crypto);
    int32_t rc = s->p.ike.ike.n && s->p.ike.esp.n ? l2s_profile_open(&s->p, true, c->cb.sign != NULL) : L2TPSEC_EUNSUP;
    if (rc == L2TPSEC_OK)
        rc = refill(c, p);
    if (rc != L2TPSEC_OK) {
        l2s_server_forget(c, s);
        return rc;
    }
    struct l2s_node *first = c->servers.next;
    l2s_list_add_tail(first, &s->node); /* in front of the present one */
    l2s_ike_listen(c->ike, &s->p.ike);
    c->listening = true;
    drop_unused(c);
    return L2TPSEC_OK;
}
