/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/roam.h"

#include "base/errors.h"
#include "base/failure.h"

#include <string.h>

#define PROBES 4u
#define PROBE_EACH (500 * L2S_MS)

static void dial_anew(struct l2s_link *l)
{
    static const struct l2s_failure lost = {
        .layer = L2TPSEC_LAYER_HOST, .cause = L2TPSEC_CAUSE_PEER_VANISHED, .step = "network changed"};

    l->dial->urgent = true;
    l2s_link_channel_down(l, &lost);
}

/* The pair is tied to our old address unless ESP goes in UDP to a peer that follows whoever proves to have the keys (RFC 3948;
 * not every one does). Then that is quicker than all the negotiation again, so it is tried. */
int l2s_roam_begin(void *self, const void *arg)
{
    struct l2s_link *l = self;
    struct l2s_channel *ch = l->channel;

    (void)arg;
    bool moved = ch && memcmp(ch->local.ip, l->dial->local.ip, sizeof l->dial->local.ip) != 0;
    if (moved)
        l2s_ike_roam(l->c->ike, ch->id, &l->dial->local);
    if (moved && !ch->udp_encap) {
        dial_anew(l);
        return L2TPSEC_OK;
    }
    l->probes = PROBES;
    l->probed_at = l->c->sys.now;
    return l2s_roam_probe(l, NULL);
}

/* Whatever comes by the link is an answer. */
int l2s_roam_probe(void *self, const void *arg)
{
    struct l2s_link *l = self;

    (void)arg;
    if (l->heard > l->probed_at)
        return L2TPSEC_OK;
    if (l->probes == 0) {
        dial_anew(l);
        return L2TPSEC_OK;
    }
    l->probes--;
    l2s_ppp_ask(l->ppp);
    l2s_timer_arm(&l->c->sys.timers, &l->timer, l->c->sys.now + PROBE_EACH);
    return L2TPSEC_OK;
}

void l2s_roam(struct l2s_link *l, const l2tpsec_addr *local)
{
    if (!l->client || l->closing)
        return;
    bool moved = local && memcmp(local->ip, l->dial->local.ip, sizeof l->dial->local.ip) != 0;
    if (local) {
        uint16_t port = l->dial->local.port;
        l->dial->local = *local;
        l->dial->local.port = port;
    }
    l->dial->attempts = 0;
    if (moved) /* what passes there is not known yet */
        l->dial->encap = l->dial->raw = false;
    l2s_link_step(l, moved ? L2S_LINK_MOVED : L2S_LINK_CHANGED);
}
