/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/former.h"

#include "base/errors.h"
#include "core/lease.h"

#include <string.h>

#define ASKED 8u /* links of one user: an account that many share cannot have us ask them all */
#define PROBES 5u
#define PROBE_EACH (500 * L2S_MS)

/* A new tunnel on the channel of the old one: the peer has forgotten that. Calls beside each other in one tunnel are meant. */
static bool in_its_place(const struct l2s_link *old, const struct l2s_link *l)
{
    return old->channel == l->channel && !l2s_l2tp_same_tunnel(l->c->l2tp, old->session, l->session);
}

static bool may_be_it(const struct l2s_link *old, const struct l2s_link *l)
{
    return old != l && l2s_link_up(old) && l2s_lease_same_user(old, l) && !old->asked_for && old->channel &&
           l->channel && !l2s_ike_differ(l->c->ike, old->channel->id, l->channel->id);
}

static void replace(struct l2s_link *old, struct l2s_link *heir)
{
    if (!heir->leased)
        memcpy(heir->net.peer, old->net.peer, sizeof heir->net.peer);
    l2s_link_replace(old);
}

static void doubt(struct l2s_link *old, struct l2s_link *l)
{
    old->asked_for = l->id;
    l->awaited++;
    old->probes = PROBES;
    old->probed_at = l->c->sys.now;
    (void)l2s_former_probe(old);
}

void l2s_former_ask(struct l2s_link *l)
{
    struct l2tpsec *c = l->c;
    l2tpsec_id found[ASKED];
    unsigned n = 0;

    l2s_hash_remove(&c->users, &l->same_user);
    if (l2s_hash_add(&c->users, &l->same_user, l->same_user.hash) != L2TPSEC_OK)
        return; /* then they end by their own echoes */
    for (struct l2s_hnode *at = l2s_hash_first(&c->users, l->same_user.hash); at && n < ASKED; at = l2s_hash_next(at)) {
        struct l2s_link *old = L2S_CONTAINER(at, struct l2s_link, same_user);
        if (may_be_it(old, l))
            found[n++] = old->id;
    }
    for (unsigned i = 0; i < n; i++) { /* the end of one may be that of others */
        struct l2s_link *old = l2s_idtab_get(&c->links, found[i]);
        if (!old || !may_be_it(old, l))
            continue;
        if (in_its_place(old, l))
            replace(old, l);
        else
            doubt(old, l);
    }
}

static void decided(struct l2s_link *old)
{
    struct l2s_link *l = l2s_idtab_get(&old->c->links, old->asked_for);

    old->asked_for = 0;
    if (l && --l->awaited == 0 && l->ppp)
        l2s_ppp_ask_addresses(l->ppp);
}

void l2s_former_answered(struct l2s_link *l)
{
    l2s_timer_cancel(&l->c->sys.timers, &l->timer);
    decided(l);
}

void l2s_former_gone(struct l2s_link *l)
{
    if (l->asked_for)
        decided(l);
}

int l2s_former_probe(struct l2s_link *l)
{
    struct l2s_link *heir = l2s_idtab_get(&l->c->links, l->asked_for);

    if (!heir || !l2s_lease_same_user(l, heir) || l->heard > l->probed_at) {
        l2s_former_answered(l);
    } else if (l->probes == 0) {
        replace(l, heir);
    } else {
        l->probes--;
        l2s_ppp_ask(l->ppp);
        l2s_timer_arm(&l->c->sys.timers, &l->timer, l->c->sys.now + PROBE_EACH);
    }
    return L2TPSEC_OK;
}
