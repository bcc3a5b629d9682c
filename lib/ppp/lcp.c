/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* The Link Control Protocol (RFC 1661, 5 and 6). */
#include "base/errors.h"
#include "ppp/link.h"

enum { OPT_MRU = 1, OPT_ACCM = 2, OPT_AUTH = 3, OPT_MAGIC = 5, OPT_PFC = 7, OPT_ACFC = 8 };

#define MRU_DEFAULT L2S_PPP_MRU
#define MRU_LEAST 128u
#define LOOPS_MAX 5u

static const struct {
    uint32_t method;
    uint8_t len, value[3];
} auth_options[] = {
    {L2S_AUTH_MSCHAPV2, 3, {0xc2, 0x23, 0x81}},
    {L2S_AUTH_EAP, 2, {0xc2, 0x27}},
    {L2S_AUTH_CHAP_MD5, 3, {0xc2, 0x23, 0x05}},
#if L2S_WITH_LEGACY_PAP
    {L2S_AUTH_PAP, 2, {0xc0, 0x23}},
#endif
};

static uint32_t strongest(uint32_t allowed)
{
    for (unsigned i = 0; i < L2S_COUNT_OF(auth_options); i++) {
        if (allowed & auth_options[i].method)
            return auth_options[i].method;
    }
    return 0;
}

/* The next one down the list. */
static uint32_t weaker_than(uint32_t method, uint32_t allowed)
{
    bool below = false;

    for (unsigned i = 0; i < L2S_COUNT_OF(auth_options); i++) {
        if (below && allowed & auth_options[i].method)
            return auth_options[i].method;
        below = below || auth_options[i].method == method;
    }
    return 0;
}

static uint32_t method_of(const struct l2s_rd *value)
{
    for (unsigned i = 0; i < L2S_COUNT_OF(auth_options); i++) {
        if (l2s_rd_equals(value, auth_options[i].value, auth_options[i].len))
            return auth_options[i].method;
    }
    return 0;
}

static void put_auth(struct l2s_wr *w, uint32_t method)
{
    for (unsigned i = 0; i < L2S_COUNT_OF(auth_options); i++) {
        if (auth_options[i].method == method)
            l2s_cp_option_put(w, OPT_AUTH, auth_options[i].value, auth_options[i].len);
    }
}

static void begin(void *self)
{
    struct l2s_ppp *p = self;
    struct l2s_lcp *l = &p->lcp;

    l->no_mru = l->no_magic = false;
    l->mru = p->cfg->mru;
    l->ask_auth = p->cfg->server ? strongest(p->cfg->auth) : 0;
    if (l2s_random(p->sys, &l->magic, sizeof l->magic) != 0)
        l->no_magic = true;
}

/* Only the request that is acknowledged last holds (RFC 1661, 5.2): what it leaves out is at its default. */
static void forget_peer(void *self)
{
    struct l2s_ppp *p = self;
    struct l2s_lcp *l = &p->lcp;

    l->give_auth = 0;
    l->peer_mru = MRU_DEFAULT;
    l->peer_magic = 0;
    l->acfc = l->pfc = false;
}

static void request(void *self, struct l2s_wr *w)
{
    struct l2s_ppp *p = self;
    const struct l2s_lcp *l = &p->lcp;
    uint8_t v[4];

    if (!l->no_mru) {
        l2s_put16(v, l->mru);
        l2s_cp_option_put(w, OPT_MRU, v, 2);
    }
    if (l->ask_auth)
        put_auth(w, l->ask_auth);
    if (!l->no_magic) {
        l2s_put32(v, l->magic);
        l2s_cp_option_put(w, OPT_MAGIC, v, 4);
    }
}

/* What the peer demands as proof of who we are. A server is nobody's client. */
static enum l2s_cp_verdict judge_auth(struct l2s_ppp *p, struct l2s_rd value, struct l2s_wr *nak)
{
    uint32_t method = method_of(&value);

    if (p->cfg->server)
        return L2S_CP_REJECT;
    if (method & p->cfg->auth) {
        p->lcp.give_auth = method;
        return L2S_CP_ACK;
    }
    struct l2s_failure *f = l2s_ppp_blame(p, L2TPSEC_CAUSE_AUTH_METHOD, "LCP");
    if (f && !f->offered[0]) {
        const char *name = l2s_rd_equals(&value, "\xc0\x23", 2) ? "pap"
                           : method                             ? l2s_auth_name(method)
                                                                : "an unknown method";
        strncpy(f->offered, name, sizeof f->offered - 1);
        f->fits = l2s_auth_fits(method);
    }
    uint32_t want = strongest(p->cfg->auth);
    if (!want)
        return L2S_CP_REJECT;
    put_auth(nak, want);
    return L2S_CP_NAK;
}

static enum l2s_cp_verdict judge_magic(struct l2s_ppp *p, struct l2s_rd value, struct l2s_wr *nak)
{
    uint32_t magic = l2s_rd_u32(&value);
    uint8_t v[4];

    if (magic && (p->lcp.no_magic || magic != p->lcp.magic)) {
        p->lcp.peer_magic = magic;
        return L2S_CP_ACK;
    }
    p->lcp.loops += magic != 0; /* our own came back: perhaps a loop (6.4) */
    if (l2s_random(p->sys, v, sizeof v) != 0)
        return L2S_CP_REJECT;
    l2s_cp_option_put(nak, OPT_MAGIC, v, 4);
    return L2S_CP_NAK;
}

static enum l2s_cp_verdict judge(void *self, const struct l2s_cp_option *o, struct l2s_wr *nak)
{
    struct l2s_ppp *p = self;
    struct l2s_rd v = o->value;
    uint8_t least[2] = {MRU_LEAST >> 8, MRU_LEAST & 0xff};

    switch (o->type) {
    case OPT_MRU: {
        uint16_t mru = l2s_rd_u16(&v);
        if (v.bad || !l2s_rd_done(&v))
            return L2S_CP_REJECT;
        if (mru < MRU_LEAST) {
            l2s_cp_option_put(nak, OPT_MRU, least, 2);
            return L2S_CP_NAK;
        }
        p->lcp.peer_mru = mru;
        return L2S_CP_ACK;
    }
    case OPT_ACCM: /* L2TP frames are not octet-stuffed: any map is fine (RFC 1662, 7.1) */
        return v.left == 4 ? L2S_CP_ACK : L2S_CP_REJECT;
    case OPT_AUTH:
        return judge_auth(p, v, nak);
    case OPT_MAGIC:
        return v.left == 4 ? judge_magic(p, v, nak) : L2S_CP_REJECT;
    case OPT_PFC:
        p->lcp.pfc = v.left == 0;
        return v.left == 0 ? L2S_CP_ACK : L2S_CP_REJECT;
    case OPT_ACFC:
        p->lcp.acfc = v.left == 0;
        return v.left == 0 ? L2S_CP_ACK : L2S_CP_REJECT;
    default: /* callback, multilink and what is not known: rejected, and peers go on without */
        return L2S_CP_REJECT;
    }
}

static void missing(void *self, struct l2s_wr *nak)
{
    (void)self;
    (void)nak;
}

static void no_method(struct l2s_ppp *p, uint32_t method, const char *offered)
{
    struct l2s_failure *f = l2s_ppp_blame(p, L2TPSEC_CAUSE_AUTH_METHOD, "LCP");

    if (f && offered)
        strncpy(f->offered, offered, sizeof f->offered - 1);
    if (f)
        f->fits = l2s_auth_fits(method);
    l2s_ppp_quit(p);
}

static void nak(void *self, const struct l2s_cp_option *o)
{
    struct l2s_ppp *p = self;
    struct l2s_rd v = o->value;

    if (o->type == OPT_MRU) {
        uint16_t mru = l2s_rd_u16(&v);
        if (!v.bad && mru >= MRU_LEAST && mru <= MRU_DEFAULT)
            p->lcp.mru = mru;
    } else if (o->type == OPT_AUTH && p->lcp.ask_auth) {
        uint32_t method = method_of(&v) & p->cfg->auth;
        /* down the list only: what the peer asks for if we allow it, else the next weaker one we allow */
        uint32_t weaker = weaker_than(p->lcp.ask_auth, p->cfg->auth);
        if (method)
            p->lcp.ask_auth = method;
        else if (weaker)
            p->lcp.ask_auth = weaker;
        else
            no_method(p, method_of(&v), method_of(&v) ? l2s_auth_name(method_of(&v)) : "another method");
    } else if (o->type == OPT_MAGIC) {
        if (l2s_random(p->sys, &p->lcp.magic, sizeof p->lcp.magic) != 0)
            p->lcp.no_magic = true;
    }
}

static void reject(void *self, uint8_t type)
{
    struct l2s_ppp *p = self;

    if (type == OPT_MRU)
        p->lcp.no_mru = true;
    else if (type == OPT_MAGIC)
        p->lcp.no_magic = true;
    else if (type == OPT_AUTH && p->lcp.ask_auth)
        no_method(p, 0, "none"); /* demanded is demanded */
}

static void up(void *self)
{
    l2s_ppp_lcp_up(self);
}

static void down(void *self)
{
    l2s_ppp_lcp_down(self);
}

static void finished(void *self)
{
    l2s_ppp_over(self);
}

/* Windows says why: magic, 003ccd74, and the error its user sees. 0: it does not. */
static uint32_t reason_of(struct l2s_rd data)
{
    (void)l2s_rd_u32(&data);
    uint32_t mark = l2s_rd_u32(&data), code = l2s_rd_u32(&data);

    return !data.bad && mark == 0x003ccd74 ? code : 0;
}

/* In mid-negotiation the RFC says go on (4.1), but not where something did not fit, nor with a peer that gave up for a reason. */
static void said_goodbye(void *self, struct l2s_rd data)
{
    struct l2s_ppp *p = self;
    bool stopping = p->lcp.cp.state == L2S_CP_STOPPING;
    uint32_t code = reason_of(data);

    if (!stopping && (p->phase == L2S_PHASE_TERMINATE || (!p->why && !code)))
        return;
    struct l2s_failure *f = l2s_ppp_blame(p, L2TPSEC_CAUSE_CLOSED_BY_PEER, "LCP");
    if (f && !f->peer_code)
        f->peer_code = code;
    if (!stopping)
        l2s_ppp_quit(p);
}

static void echo_reply(struct l2s_ppp *p, uint8_t id, struct l2s_rd data)
{
    uint8_t out[L2S_PPP_FRAME_MAX];
    size_t most = p->lcp.peer_mru < 1500 ? p->lcp.peer_mru - 8u : 1492u;

    if (data.left < 4)
        return;
    l2s_put32(out, p->lcp.no_magic ? 0 : p->lcp.magic);
    l2s_rd_skip(&data, 4);
    size_t n = data.left < most ? data.left : most;
    memcpy(out + 4, data.p, n);
    l2s_cp_send(&p->lcp.cp, L2S_CP_ECHO_REP, id, out, 4 + n);
}

static void protocol_rejected(struct l2s_ppp *p, uint16_t protocol)
{
    if (p->lcp.cp.state != L2S_CP_OPENED)
        return;
    if (protocol == L2S_PPP_PROTO_IPCP) {
        (void)l2s_ppp_blame(p, L2TPSEC_CAUSE_PPP_OPTIONS, "IPCP");
        l2s_ppp_quit(p);
    } else if (protocol == L2S_PPP_PROTO_IPV6CP && p->ipv6cp) {
        l2s_cp_event(&p->ipv6cp->cp, L2S_CP_RXJ_MINUS);
    } else if (protocol == L2S_PPP_PROTO_CCP && p->ccp) {
        l2s_cp_event(&p->ccp->cp, L2S_CP_RXJ_MINUS);
    }
}

/* What Microsoft's name tells (RFC 1570, 2.4); the words of others are not for a log. */
static void identified(struct l2s_ppp *p, struct l2s_rd data)
{
    static const struct {
        const char *words, *meaning;
    } known[] = {
        {"MSRASV5.20", "Windows Vista or later"}, {"MSRASV5.10", "Windows XP or Server 2003"},
        {"MSRASV5.00", "Windows 2000"},           {"MSRASV4", "Windows 9x or NT 4"},
        {"MSRAS-", "Windows, its name"},
    };
    const char *meaning = "other words";

    l2s_rd_skip(&data, 4); /* the magic number */
    if (data.bad)
        return;
    for (unsigned i = L2S_COUNT_OF(known); i-- > 0;) {
        size_t n = strlen(known[i].words);
        if (data.left >= n && memcmp(data.p, known[i].words, n) == 0)
            meaning = known[i].meaning;
    }
    l2s_trace_note(&p->sys->trace, "ppp", p->terms.link, "LCP Identification", meaning, (int64_t)data.left);
}

static bool extra(void *self, uint8_t code, uint8_t id, struct l2s_rd data)
{
    struct l2s_ppp *p = self;

    switch (code) {
    case L2S_CP_ECHO_REQ:
        echo_reply(p, id, data);
        return true;
    case L2S_CP_ECHO_REP:
        l2s_ppp_answered(p);
        return true;
    case L2S_CP_PROTO_REJ:
        protocol_rejected(p, l2s_rd_u16(&data));
        return true;
    case L2S_CP_IDENTIFICATION:
        identified(p, data);
        return true;
    case L2S_CP_DISCARD:
    case L2S_CP_TIME_REMAINING:
        return true;
    default:
        return false;
    }
}

static void emit(void *self, uint16_t protocol, const uint8_t *packet, size_t n)
{
    l2s_ppp_emit(self, protocol, packet, n);
}

const struct l2s_cp_ops l2s_lcp_ops = {.name = "LCP",
                                       .protocol = L2S_PPP_PROTO_LCP,
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
                                       .said_goodbye = said_goodbye,
                                       .extra = extra,
                                       .emit = emit};
