/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "core/tap.h"

#include "core/link.h"
#include "l2tp/header.h"
#include "ppp/frame.h"

static void tell(struct l2tpsec *c, l2tpsec_tap *t, const uint8_t *p, size_t n)
{
    if (c->doomed)
        return;
    t->size = sizeof *t;
    t->time = c->sys.now;
    t->data = p;
    t->len = n;
    c->asking++;
    c->cb.tap(c->user, t);
    c->asking--;
}

void l2s_tap_ike(void *self, uint64_t traced, const l2tpsec_addr *local, const l2tpsec_addr *remote, bool sent,
                 const uint8_t *p, size_t n)
{
    struct l2tpsec *c = self;
    const struct l2s_channel *ch = l2s_channel_find(c, traced);
    const struct l2s_link *l = ch ? l2s_channel_link(ch) : l2s_ike_owner(c->ike, traced);
    l2tpsec_tap t = {.kind = L2TPSEC_TAP_IKE, .link = l ? l->id : 0, .sent = sent, .local = *local, .remote = *remote};

    tell(c, &t, p, n);
}

#define PPP_CONTROL 0x8000u /* protocols of the network layer are below (RFC 1661, 2) */

/* PAP is all password. */
static bool to_be_shown(const uint8_t *p, size_t n)
{
    struct l2s_l2tp_header h;
    uint16_t protocol;

    if (l2s_l2tp_header_get(p, n, &h) != L2TPSEC_DROP_NONE)
        return false;
    return h.control ||
           (l2s_ppp_frame_get(&h.body, &protocol) && protocol >= PPP_CONTROL && protocol != L2S_PPP_PROTO_PAP);
}

void l2s_tap_l2tp(struct l2tpsec *c, const struct l2s_channel *ch, struct l2s_link *l, uint16_t peer_port, bool sent,
                  const uint8_t *p, size_t n)
{
    l2tpsec_tap t = {.kind = L2TPSEC_TAP_L2TP, .sent = sent, .local = ch->local, .remote = ch->remote};

    if (!to_be_shown(p, n))
        return;
    l = l ? l : l2s_channel_link(ch);
    t.link = l ? l->id : 0;
    t.local.port = L2S_L2TP_PORT;
    t.remote.port = peer_port;
    tell(c, &t, p, n);
}
