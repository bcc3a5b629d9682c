/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/way.h"

#include "core/ipv6.h"

#include <string.h>

/* Nothing that only time changes may be kept: a pair that is about to be used instead of this one. */
static bool lasts(const struct l2s_channel *ch)
{
    return !ch->next_out;
}

uint32_t l2s_way_out(struct l2s_link *l)
{
    struct l2s_way_out *w = &l->way;
    struct l2s_channel *ch = l->channel;
    struct l2s_child *by = l2s_link_up(l) && l2s_ppp_open(l->ppp) && ch ? l2s_channel_out(ch) : NULL;

    w->epoch = 0;
    if (!by)
        return L2TPSEC_DROP_NOT_UP;
    l2tpsec_packet outside;
    l2s_channel_address(ch, &outside);
    w->by = by;
    w->sa = by->sa;
    w->mtu = l->mtu;
    w->mtu_flexible = l->net.mtu;
    w->clamp = l->prof->mss_clamp ? l->mtu : 0;
    w->ipv6 = l2s_ipv6_passes(l);
    w->sealed = l2s_ppp_seals(l->ppp);
    w->checksum = ch->remote.family == 6;
    w->local = outside.local;
    w->remote = outside.remote;
    w->transport = outside.transport;
    l2s_channel_sent(ch);
    if (lasts(ch))
        w->epoch = l->c->epoch;
    return L2TPSEC_DROP_NONE;
}

void l2s_way_in(struct l2s_link *l, struct l2s_way_in *w)
{
    memset(w, 0, sizeof *w);
    w->link = l;
    w->id = l->id;
    w->any_source = l->client;
    memcpy(w->source, l->net.peer, sizeof w->source);
    w->clamp = l->prof->mss_clamp ? l->mtu : 0;
}
