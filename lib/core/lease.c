/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/lease.h"

#include "base/errors.h"
#include "core/host.h"
#include "core/ipv6.h"
#include "ppp/ppp.h"

#include <string.h>

#define CANDIDATES 4096u /* addresses of the pool the host may refuse for one peer */

void l2s_lease_give_back(struct l2s_link *l)
{
    struct l2tpsec *c = l->c;

    l2s_ipv6_give_back(l);
    if (!l->leased)
        return;
    l2s_hash_remove(&c->routes, &l->route);
    l2s_pool_give(&c->pool, l->net.peer);
    l->leased = false;
}

struct l2s_link *l2s_lease_holder(struct l2tpsec *c, const uint8_t addr[4])
{
    for (struct l2s_hnode *n = l2s_hash_first(&c->routes, l2s_hash_of(&c->routes, addr, 4)); n; n = l2s_hash_next(n)) {
        struct l2s_link *l = L2S_CONTAINER(n, struct l2s_link, route);
        if (memcmp(l->net.peer, addr, 4) == 0)
            return l;
    }
    return NULL;
}

void l2s_leases_retake(struct l2tpsec *c, struct l2s_pool *pool)
{
    uint32_t at = 0;

    for (struct l2s_link *l; (l = l2s_idtab_next(&c->links, &at)) != NULL;) {
        if (l->leased)
            (void)l2s_pool_take(pool, l->net.peer);
    }
}

bool l2s_lease_same_user(const struct l2s_link *a, const struct l2s_link *b)
{
    return a->proven && b->proven && a->same_user.hash == b->same_user.hash;
}

/* Give the peer its address: the host's choice, or one of the pool. */
int l2s_lease_grant(struct l2s_link *l, const l2tpsec_addresses *a, struct l2s_ppp_net *net)
{
    struct l2tpsec *c = l->c;
    const struct l2s_profile *p = l->prof;
    bool given_dns = a && (a->dns[0].family == 4 || a->dns[1].family == 4);

    memset(net, 0, sizeof *net);
    memcpy(net->local, a && a->local.family == 4 ? a->local.ip : p->address, 4);
    for (unsigned i = 0; i < 2; i++)
        memcpy(net->dns[i], given_dns ? a->dns[i].ip : p->dns[i], 4);
    l2s_lease_give_back(l);
    if (a && a->peer.family == 4) {
        struct l2s_link *holder = l2s_lease_holder(c, a->peer.ip);
        if (holder && !l2s_lease_same_user(holder, l))
            return L2TPSEC_EEXIST;
        if (holder)
            l2s_link_replace(holder);
        if (!l2s_pool_take(&c->pool, a->peer.ip))
            return L2TPSEC_EEXIST;
        memcpy(net->peer, a->peer.ip, 4);
    } else if (!l2s_pool_any(&c->pool, net->peer)) {
        return L2TPSEC_ENOENT;
    }
    memcpy(l->net.peer, net->peer, 4);
    if (l2s_hash_add(&c->routes, &l->route, l2s_hash_of(&c->routes, net->peer, 4)) != L2TPSEC_OK) {
        l2s_pool_give(&c->pool, net->peer);
        return L2TPSEC_ENOMEM;
    }
    l->leased = true;
    l2s_ipv6_grant(l, a && a->prefix6.family == 6 ? a->prefix6.ip : NULL);
    return L2TPSEC_OK;
}

/* Where the pool is looked at first: the address of the link this one replaces, or where its user often was. */
static void seek(struct l2s_link *l)
{
    static const uint8_t none[4];

    if (l->proven)
        l2s_pool_seek(&l->c->pool, l->same_user.hash);
    if (memcmp(l->net.peer, none, sizeof none) != 0)
        l2s_pool_seek_address(&l->c->pool, l->net.peer);
}

int l2s_lease_ask(struct l2s_link *l, const uint8_t *user, size_t user_len, struct l2s_ppp_net *net)
{
    struct l2tpsec *c = l->c;
    l2tpsec_addresses a;

    memset(&a, 0, sizeof a);
    a.size = sizeof a;
    if (l->awaited)
        return L2S_PENDING;
    seek(l);
    if (!c->cb.address || c->doomed)
        return l2s_lease_grant(l, NULL, net);
    l2tpsec_address_query q = {.size = sizeof q,
                               .token = l2s_host_token(l, L2S_TOKEN_ADDRESS),
                               .link = l->id,
                               .user = user,
                               .user_len = user_len};
    int32_t rc = L2TPSEC_EEXIST;
    if (l->channel)
        q.remote = l->channel->remote;
    for (unsigned tries = 0; rc == L2TPSEC_EEXIST && tries < CANDIDATES; tries++) {
        q.candidate.family = l2s_pool_next(&c->pool, q.candidate.ip) ? 4 : 0;
        c->asking++;
        rc = c->cb.address(c->user, &q, &a);
        c->asking--;
    }
    l->token = rc == L2TPSEC_EAGAIN ? q.token : 0;
    if (rc == L2TPSEC_EAGAIN)
        return L2S_PENDING;
    if (rc != L2TPSEC_OK && rc != L2TPSEC_ENOENT)
        return L2TPSEC_ENOENT;
    if (!(rc == L2TPSEC_OK && a.peer.family == 4))
        a.peer = q.candidate;
    return l2s_lease_grant(l, &a, net);
}
