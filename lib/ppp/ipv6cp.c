/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The IPv6 Control Protocol (RFC 5072): two interface identifiers that differ. It comes and goes beside IPCP; whether it is
 * refused or fails is nothing to the link. */
#include "base/errors.h"
#include "ppp/link.h"

enum { OPT_IDENTIFIER = 1 };

static bool is_zero(const uint8_t id[8])
{
    static const uint8_t none[8];

    return memcmp(id, none, 8) == 0;
}

/* A random one, not claimed to be unique in the world (RFC 5072, 4.1). Zeros when chance failed. */
static void invent(struct l2s_ppp *p, uint8_t id[8])
{
    if (l2s_random(p->sys, id, 8) != 0)
        memset(id, 0, 8);
    else
        id[0] = (uint8_t)(id[0] & 0xfd);
}

static void begin(void *self)
{
    struct l2s_ppp *p = self;

    if (is_zero(p->ipv6cp->local)) /* it stays over renegotiations: addresses are made of it */
        invent(p, p->ipv6cp->local);
    p->ipv6cp->no_identifier = false;
}

static void forget_peer(void *self)
{
    struct l2s_ppp *p = self;

    memset(p->ipv6cp->peer, 0, 8);
}

static void request(void *self, struct l2s_wr *w)
{
    struct l2s_ppp *p = self;

    if (!p->ipv6cp->no_identifier)
        l2s_cp_option_put(w, OPT_IDENTIFIER, p->ipv6cp->local, 8);
}

static enum l2s_cp_verdict judge(void *self, const struct l2s_cp_option *o, struct l2s_wr *nak)
{
    struct l2s_ppp *p = self;
    struct l2s_rd r = o->value;
    uint8_t id[8];

    if (o->type != OPT_IDENTIFIER || o->value.left != 8)
        return L2S_CP_REJECT;
    l2s_rd_copy(&r, id, 8);
    if (!is_zero(id) && memcmp(id, p->ipv6cp->local, 8) != 0) {
        memcpy(p->ipv6cp->peer, id, 8);
        return L2S_CP_ACK;
    }
    invent(p, id);
    if (is_zero(id))
        return L2S_CP_REJECT;
    l2s_cp_option_put(nak, OPT_IDENTIFIER, id, 8);
    return L2S_CP_NAK;
}

static void missing(void *self, struct l2s_wr *nak)
{
    struct l2s_ppp *p = self;
    uint8_t id[8];

    if (!is_zero(p->ipv6cp->peer))
        return;
    invent(p, id);
    if (!is_zero(id))
        l2s_cp_option_put(nak, OPT_IDENTIFIER, id, 8);
}

static void nak(void *self, const struct l2s_cp_option *o)
{
    struct l2s_ppp *p = self;

    if (o->type == OPT_IDENTIFIER && o->value.left == 8 && !is_zero(o->value.p))
        memcpy(p->ipv6cp->local, o->value.p, 8);
}

static void reject(void *self, uint8_t type)
{
    struct l2s_ppp *p = self;

    if (type == OPT_IDENTIFIER)
        p->ipv6cp->no_identifier = true;
}

static void up(void *self)
{
    struct l2s_ppp *p = self;

    if (is_zero(p->ipv6cp->local) || is_zero(p->ipv6cp->peer)) /* nobody could say who is who */
        l2s_cp_event(&p->ipv6cp->cp, L2S_CP_CLOSE);
    else
        p->port->ipv6(p->self, p->ipv6cp->local, p->ipv6cp->peer);
}

static void down(void *self)
{
    struct l2s_ppp *p = self;

    p->port->ipv6(p->self, NULL, NULL);
}

static void finished(void *self)
{
    (void)self;
}

static void emit(void *self, uint16_t protocol, const uint8_t *packet, size_t n)
{
    l2s_ppp_emit(self, protocol, packet, n);
}

const struct l2s_cp_ops l2s_ipv6cp_ops = {.name = "IPV6CP",
                                          .protocol = L2S_PPP_PROTO_IPV6CP,
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
