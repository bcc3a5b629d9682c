/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The Compression Control Protocol (RFC 1962), of which nothing is spoken but MPPE (RFC 3078): for servers that insist on it
 * inside ESP, too. Without the setting it is rejected as a protocol. */
#include "base/errors.h"
#include "base/wipe.h"
#include "ppp/link.h"

enum { OPT_MPPE = 18 };
enum { RESET_REQUEST = 14, RESET_ACK = 15 };

static uint32_t strongest(uint32_t bits)
{
    return bits & L2S_MPPE_128 ? L2S_MPPE_128 : bits & L2S_MPPE_56 ? L2S_MPPE_56 : bits & L2S_MPPE_40;
}

/* What we would take of these, one strength of it; 0: nothing. */
static uint32_t choice(const struct l2s_ppp *p, uint32_t bits)
{
    uint32_t strength = strongest(bits & p->cfg->mppe & L2S_MPPE_STRENGTHS);
    bool stateful = p->cfg->mppe & L2S_MPPE_STATEFUL;

    if (!strength)
        return 0;
    return strength | (stateful ? bits & L2S_MPPE_STATELESS : L2S_MPPE_STATELESS);
}

static void put(struct l2s_wr *w, uint32_t bits)
{
    uint8_t v[4];

    l2s_put32(v, bits);
    l2s_cp_option_put(w, OPT_MPPE, v, 4);
}

static void begin(void *self)
{
    struct l2s_ppp *p = self;

    p->ccp->ask = choice(p, L2S_MPPE_STRENGTHS | L2S_MPPE_STATELESS);
}

static void forget_peer(void *self)
{
    struct l2s_ppp *p = self;

    p->ccp->peer = 0;
}

static void request(void *self, struct l2s_wr *w)
{
    struct l2s_ppp *p = self;

    if (p->ccp->ask)
        put(w, p->ccp->ask);
}

static enum l2s_cp_verdict judge(void *self, const struct l2s_cp_option *o, struct l2s_wr *nak)
{
    struct l2s_ppp *p = self;
    struct l2s_rd r = o->value;
    uint32_t bits = l2s_rd_u32(&r), want = choice(p, bits);

    /* Windows offers compression alone: rejected, it goes on without */
    if (o->type != OPT_MPPE || r.bad || !l2s_rd_done(&r) || !(bits & L2S_MPPE_STRENGTHS))
        return L2S_CP_REJECT;
    if (!want)
        want = choice(p, L2S_MPPE_STRENGTHS | L2S_MPPE_STATELESS);
    if (bits == want) {
        p->ccp->peer = bits;
        return L2S_CP_ACK;
    }
    put(nak, want);
    return L2S_CP_NAK;
}

static void missing(void *self, struct l2s_wr *nak)
{
    struct l2s_ppp *p = self;

    if ((p->cfg->mppe & L2S_MPPE_REQUIRED) && !p->ccp->peer)
        put(nak, choice(p, L2S_MPPE_STRENGTHS | L2S_MPPE_STATELESS));
}

static void nak(void *self, const struct l2s_cp_option *o)
{
    struct l2s_ppp *p = self;
    struct l2s_rd r = o->value;
    uint32_t want = o->type == OPT_MPPE ? choice(p, l2s_rd_u32(&r)) : 0;

    if (want && !r.bad)
        p->ccp->ask = want;
}

static void reject(void *self, uint8_t type)
{
    struct l2s_ppp *p = self;

    if (type == OPT_MPPE)
        p->ccp->ask = 0;
}

static void refused(struct l2s_ppp *p, const char *hint)
{
    struct l2s_failure *f = l2s_ppp_blame(p, L2TPSEC_CAUSE_PPP_OPTIONS, "CCP");

    if (f)
        f->hint = hint;
    l2s_ppp_quit(p);
}

static void drop_keys(struct l2s_ppp *p)
{
    if (!p->mppe)
        return;
    l2s_wipe(p->mppe, sizeof *p->mppe);
    l2s_mem_free(&p->sys->mem, p->mppe);
    p->mppe = NULL;
    p->port->reframed(p->self);
}

static int begin_direction(struct l2s_ppp *p, struct l2s_mppe *m, uint32_t bits, bool sending)
{
    const struct l2s_auth *a = p->auth;
    bool client_to_server = sending != p->cfg->server;

    if (a->inner == L2S_AUTH_EAP_TLS)
        return l2s_mppe_begin_at(m, p->crypto, a->tls_keys[!client_to_server], bits);
    return l2s_mppe_begin(m, p->crypto, a->master, bits, sending, p->cfg->server);
}

static void up(void *self)
{
    struct l2s_ppp *p = self;
    struct l2s_ccp *c = p->ccp;
    int rc = L2TPSEC_ENOMEM;

    if (!c->ask || !c->peer) {
        if (p->cfg->mppe & L2S_MPPE_REQUIRED)
            refused(p, "the peer does without MPPE; set ppp.mppe to allow or never if that is acceptable");
        return;
    }
    p->mppe = l2s_mem_new(&p->sys->mem, sizeof *p->mppe);
    if (p->mppe) /* each side says what it can read */
        rc = begin_direction(p, &p->mppe->in, c->ask, false);
    if (rc == L2TPSEC_OK)
        rc = begin_direction(p, &p->mppe->out, c->peer, true);
    if (rc != L2TPSEC_OK) {
        drop_keys(p);
        (void)l2s_ppp_blame(p, rc == L2TPSEC_ENOMEM ? L2TPSEC_CAUSE_NO_MEMORY : L2TPSEC_CAUSE_INTERNAL, "CCP");
        l2s_ppp_quit(p);
        return;
    }
    p->port->reframed(p->self);
    if (p->cfg->mppe & L2S_MPPE_REQUIRED)
        l2s_ppp_open_network(p);
}

static void down(void *self)
{
    drop_keys(self);
}

static void finished(void *self)
{
    struct l2s_ppp *p = self;

    if (p->cfg->mppe & L2S_MPPE_REQUIRED)
        refused(p, "the peer refuses MPPE; set ppp.mppe to allow or never if that is acceptable");
}

/* RFC 1962, 4.5. A Reset-Ack is not waited for (RFC 3078, 8.2), but Linux waits for ours. */
static bool extra(void *self, uint8_t code, uint8_t id, struct l2s_rd data)
{
    struct l2s_ppp *p = self;

    (void)data;
    if (code == RESET_REQUEST && p->mppe) {
        l2s_mppe_reset(&p->mppe->out);
        l2s_cp_send(&p->ccp->cp, RESET_ACK, id, NULL, 0);
    }
    return code == RESET_REQUEST || code == RESET_ACK;
}

static void emit(void *self, uint16_t protocol, const uint8_t *packet, size_t n)
{
    l2s_ppp_emit(self, protocol, packet, n);
}

const struct l2s_cp_ops l2s_ccp_ops = {.name = "CCP",
                                       .protocol = L2S_PPP_PROTO_CCP,
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
                                       .extra = extra,
                                       .emit = emit};

void l2s_ccp_open(struct l2s_ppp *p)
{
    if (!p->auth || !p->auth->has_master) {
        if (p->cfg->mppe & L2S_MPPE_REQUIRED)
            refused(p, "MPPE takes its keys from MS-CHAPv2 or EAP-TLS; set ppp.auth to mschapv2");
        return;
    }
    if (!p->ccp)
        p->ccp = l2s_ppp_extra(p, sizeof *p->ccp, &l2s_ccp_ops);
    if (!p->ccp) {
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_NO_MEMORY, "CCP");
        l2s_ppp_quit(p);
        return;
    }
    if (p->ccp->cp.state == L2S_CP_INITIAL)
        l2s_cp_event(&p->ccp->cp, L2S_CP_OPEN);
    l2s_cp_event(&p->ccp->cp, L2S_CP_UP);
}

void l2s_ccp_free(struct l2s_ppp *p)
{
    if (p->mppe)
        l2s_wipe(p->mppe, sizeof *p->mppe);
    l2s_mem_free(&p->sys->mem, p->mppe);
    p->mppe = NULL;
    l2s_ppp_extra_free(p, p->ccp);
    p->ccp = NULL;
}

uint32_t l2s_ccp_input(struct l2s_ppp *p, struct l2s_rd packet)
{
    if (!p->ccp || p->ccp->cp.state <= L2S_CP_STARTING)
        l2s_ccp_open(p);
    return !p->ccp ? L2TPSEC_DROP_NO_MEMORY : l2s_cp_input(&p->ccp->cp, packet);
}

bool l2s_ccp_seal(struct l2s_ppp *p, uint16_t protocol, uint8_t *ip, size_t n)
{
    l2s_put16(ip - 2, protocol);
    return l2s_mppe_seal(&p->mppe->out, ip - L2S_PPP_EXPANSION, ip - 2, n + 2) == L2TPSEC_OK;
}

uint32_t l2s_ccp_unseal(struct l2s_ppp *p, uint8_t *data, size_t n)
{
    if (n < L2S_MPPE_HEADER + 1)
        return L2TPSEC_DROP_SHORT;
    switch (l2s_mppe_open(&p->mppe->in, data, data + L2S_MPPE_HEADER, n - L2S_MPPE_HEADER)) {
    case L2S_MPPE_READ:
        return L2TPSEC_DROP_NONE;
    case L2S_MPPE_RESET:
        l2s_cp_send(&p->ccp->cp, RESET_REQUEST, l2s_cp_next_id(&p->ccp->cp), NULL, 0);
        return L2TPSEC_DROP_UNEXPECTED;
    case L2S_MPPE_LATE:
        return L2TPSEC_DROP_UNEXPECTED;
    default:
        return L2TPSEC_DROP_INTERNAL;
    }
}
