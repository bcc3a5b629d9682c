/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The IP Control Protocol (RFC 1332), and DNS servers with it (RFC 1877). */
#include "base/errors.h"
#include "ppp/link.h"

enum { OPT_ADDRESS = 3, OPT_DNS1 = 129, OPT_DNS2 = 131 };

static const uint8_t stub[4] = {10, 64, 64, 64}; /* a server that does not name its address, as pppd shows it */

static bool is_zero(const uint8_t a[4])
{
    return !(a[0] | a[1] | a[2] | a[3]);
}

/* An address a host can have: not of a class that means something else. */
static bool is_host(const uint8_t a[4])
{
    return a[0] != 0 && a[0] != 127 && a[0] < 224;
}

static void begin(void *self)
{
    struct l2s_ppp *p = self;
    struct l2s_ipcp *i = &p->ipcp;

    i->no_address = i->no_dns[0] = i->no_dns[1] = false;
    if (!p->cfg->server) {
        memset(&i->net, 0, sizeof i->net);
        memcpy(i->net.local, p->wish, sizeof i->net.local); /* a server that gives another says so */
    }
}

static void forget_peer(void *self)
{
    struct l2s_ppp *p = self;

    p->ipcp.peer_named = false;
}

static void request(void *self, struct l2s_wr *w)
{
    struct l2s_ppp *p = self;
    const struct l2s_ipcp *i = &p->ipcp;

    if (!i->no_address)
        l2s_cp_option_put(w, OPT_ADDRESS, i->net.local, 4);
    for (unsigned k = 0; k < 2; k++) {
        if (!p->cfg->server && p->cfg->ask_dns && !i->no_dns[k])
            l2s_cp_option_put(w, k ? OPT_DNS2 : OPT_DNS1, i->net.dns[k], 4);
    }
}

/* The peer is to say what we gave it. */
static enum l2s_cp_verdict hold_to(const struct l2s_cp_option *o, const uint8_t want[4], struct l2s_wr *nak)
{
    if (is_zero(want)) /* zeros acknowledged would be an address (RFC 1877, 1) */
        return L2S_CP_REJECT;
    if (l2s_rd_equals(&o->value, want, 4))
        return L2S_CP_ACK;
    l2s_cp_option_put(nak, o->type, want, 4);
    return L2S_CP_NAK;
}

static enum l2s_cp_verdict judge_address(struct l2s_ppp *p, const struct l2s_cp_option *o, struct l2s_wr *nak)
{
    struct l2s_ipcp *i = &p->ipcp;

    if (p->cfg->server) {
        enum l2s_cp_verdict v = hold_to(o, i->net.peer, nak);
        i->peer_named = v == L2S_CP_ACK; /* corrected is not agreed */
        return v;
    }
    i->peer_named = is_host(o->value.p);
    if (!i->peer_named) {
        l2s_cp_option_put(nak, o->type, stub, 4);
        return L2S_CP_NAK;
    }
    memcpy(i->net.peer, o->value.p, 4);
    return L2S_CP_ACK;
}

static enum l2s_cp_verdict judge(void *self, const struct l2s_cp_option *o, struct l2s_wr *nak)
{
    struct l2s_ppp *p = self;

    if (o->value.left != 4)
        return L2S_CP_REJECT;
    if (o->type == OPT_ADDRESS)
        return judge_address(p, o, nak);
    if (p->cfg->server && (o->type == OPT_DNS1 || o->type == OPT_DNS2))
        return hold_to(o, p->ipcp.net.dns[o->type == OPT_DNS2], nak);
    return L2S_CP_REJECT; /* VJ compression, WINS */
}

static void missing(void *self, struct l2s_wr *nak)
{
    struct l2s_ppp *p = self;

    if (p->cfg->server && !p->ipcp.peer_named) /* it must have the address we route to it */
        l2s_cp_option_put(nak, OPT_ADDRESS, p->ipcp.net.peer, 4);
}

static void nak(void *self, const struct l2s_cp_option *o)
{
    struct l2s_ppp *p = self;

    if (p->cfg->server || o->value.left != 4)
        return; /* our address is not the client's to choose */
    if (o->type == OPT_ADDRESS && is_host(o->value.p))
        memcpy(p->ipcp.net.local, o->value.p, 4);
    else if (o->type == OPT_DNS1 || o->type == OPT_DNS2)
        memcpy(p->ipcp.net.dns[o->type == OPT_DNS2], o->value.p, 4);
}

static void reject(void *self, uint8_t type)
{
    struct l2s_ppp *p = self;

    if (type == OPT_ADDRESS)
        p->ipcp.no_address = true;
    else if (type == OPT_DNS1 || type == OPT_DNS2)
        p->ipcp.no_dns[type == OPT_DNS2] = true;
}

static void up(void *self)
{
    struct l2s_ppp *p = self;
    struct l2s_ipcp *i = &p->ipcp;

    for (unsigned k = 0; k < 2; k++) {
        if (i->no_dns[k])
            memset(i->net.dns[k], 0, 4);
    }
    if (!p->cfg->server && !i->peer_named)
        memcpy(i->net.peer, stub, 4);
    if (!is_host(i->net.local) || (p->cfg->server && !i->peer_named)) {
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_NO_ADDRESS, "IPCP");
        l2s_ppp_quit(p);
        return;
    }
    i->net.mtu = p->lcp.peer_mru < 1500 ? p->lcp.peer_mru : 1500;
    if (p->cfg->mppe)
        i->net.mtu = (uint16_t)(i->net.mtu - L2S_PPP_EXPANSION);
    l2s_ppp_ipcp_up(p);
}

static void down(void *self)
{
    l2s_ppp_ipcp_down(self);
}

static void finished(void *self)
{
    struct l2s_ppp *p = self;

    (void)l2s_ppp_blame(p, p->ipcp.cp.timed_out ? L2TPSEC_CAUSE_PEER_VANISHED : L2TPSEC_CAUSE_CLOSED_BY_PEER, "IPCP");
    l2s_ppp_quit(p);
}

static void emit(void *self, uint16_t protocol, const uint8_t *packet, size_t n)
{
    l2s_ppp_emit(self, protocol, packet, n);
}

const struct l2s_cp_ops l2s_ipcp_ops = {.name = "IPCP",
                                        .protocol = L2S_PPP_PROTO_IPCP,
                                        .begin = begin,
                                        .forget_peer = forget_peer,
                                        .request = request,
                                        .judge = judge,
                                        .missing = missing,
                                        .nak = nak,
                                        .reject = reject,
                                        .up = up,
                                        .down = down,
                                        .finished = finished,
                                        .emit = emit};
