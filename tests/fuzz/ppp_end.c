/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "fuzz/ppp_end.h"

struct l2s_crypto *ppp_end_crypto;

/* ---- TLS that does as it is told --------------------------------------------------------------------------------- */

struct l2s_tls {
    struct l2s_crypto *crypto;
    const struct l2s_tls_terms *terms;
    struct l2s_tls_why why;
    uint8_t out[8192];
};

static struct l2s_crypto_ops ops;
static struct l2s_crypto *toy;
static struct l2s_crypto stub;
static struct fake_sys forever; /* of the provider */

static int tls_new(struct l2s_crypto *c, const struct l2s_tls_terms *terms, struct l2s_tls **out)
{
    struct l2s_tls *t = l2s_mem_new(&c->sys->mem, sizeof *t);

    if (!t)
        return L2TPSEC_ENOMEM;
    t->crypto = c;
    t->terms = terms;
    *out = t;
    return L2TPSEC_OK;
}

static void tls_free(struct l2s_tls *t)
{
    if (t)
        l2s_mem_free(&t->crypto->sys->mem, t);
}

/* The first two bytes of a turn say what becomes of it: so much is answered, and the state. */
static enum l2s_tls_state tls_step(struct l2s_tls *t, struct l2s_bytes in, struct l2s_bytes *out)
{
    struct l2s_rd r = l2s_rd_init(in.p, in.n);
    size_t n = l2s_rd_u8(&r) * (size_t)32;
    uint8_t state = l2s_rd_u8(&r);

    FUZZ_CHECK(in.n <= L2S_TLS_MESSAGE_MAX);
    *out = (struct l2s_bytes){.p = t->out, .n = in.n == 0 ? 100 : n};
    if (state % 8 == 7)
        t->why = (struct l2s_tls_why){.rc = state & 8 ? L2TPSEC_EAUTH : L2TPSEC_EPROTO, .alert = state & 16 ? 48 : 0};
    return state % 8 == 7 ? L2S_TLS_FAILED : state % 8 == 6 ? L2S_TLS_DONE : L2S_TLS_MORE;
}

static const struct l2s_tls_why *tls_why(const struct l2s_tls *t)
{
    return &t->why;
}

static int tls_export(const struct l2s_tls *t, const char *label, uint8_t *out, size_t n)
{
    (void)t, (void)label;
    memset(out, 7, n);
    return L2TPSEC_OK;
}

int ppp_end_init(void)
{
    fake_sys_init(&forever);
    FUZZ_CHECK(l2s_crypto_new(&forever.sys, 0, &toy) == L2TPSEC_OK);
    ops = *toy->ops;
    ops.tls_new = tls_new;
    ops.tls_free = tls_free;
    ops.tls_step = tls_step;
    ops.tls_why = tls_why;
    ops.tls_export = tls_export;
    stub = *toy;
    stub.ops = &ops;
    ppp_end_crypto = &stub;
    return 0;
}

/* ---- what the link is told and says ------------------------------------------------------------------------------ */

static void emit(void *self, const uint8_t *frame, size_t n)
{
    struct ppp_end *p = self;
    struct l2s_rd r = l2s_rd_init(frame, n);

    FUZZ_CHECK(p->downs == 0); /* nothing is sent afterwards */
    FUZZ_CHECK(n >= 8 && n <= L2S_PPP_FRAME_MAX);
    FUZZ_CHECK(l2s_rd_u16(&r) == 0xff03);
    uint16_t protocol = l2s_rd_u16(&r);
    const uint8_t *packet = r.p;
    uint8_t code = l2s_rd_u8(&r);
    l2s_rd_skip(&r, 1);
    FUZZ_CHECK(l2s_rd_u16(&r) == n - 4);
    FUZZ_CHECK(code != 0 && code < 16);
    p->links++;
    if (protocol == p->protocol && (code == L2S_CP_CONF_REQ || protocol == L2S_PPP_PROTO_CHAP)) {
        p->request_len = n - 4;
        memcpy(p->request, packet, n - 4);
    }
}

static int secret(void *self, const struct l2s_ppp_ask *ask, uint8_t out[L2S_PPP_SECRET_MAX], size_t *len)
{
    struct ppp_end *p = self;

    FUZZ_CHECK(ask->name_len <= L2S_PPP_NAME_MAX);
    if (ask->name_len && ask->name[0] == 'x')
        return L2TPSEC_ENOENT;
    if (ask->name_len && ask->name[0] == 'p')
        return L2S_PENDING;
    memcpy(out, p->password, sizeof p->password);
    out[0] = (uint8_t)('0' + ask->candidate % 10);
    *len = sizeof p->password;
    return ask->name_len && ask->name[0] == 'e' && p->cfg.server ? L2TPSEC_EEXPIRED : L2TPSEC_OK;
}

static int keep(void *self, const uint8_t *name, size_t name_len, const uint8_t *new, size_t len)
{
    (void)self, (void)name, (void)new;
    FUZZ_CHECK(len <= L2S_PPP_SECRET_MAX && name_len <= L2S_PPP_NAME_MAX);
    return len & 1 ? L2TPSEC_EAUTH : L2TPSEC_OK;
}

static int addresses(void *self, const uint8_t *user, size_t user_len, struct l2s_ppp_net *net)
{
    static const struct l2s_ppp_net ours = {.local = {10, 0, 0, 1}, .peer = {10, 0, 0, 2}, .dns = {{10, 0, 0, 1}}};

    (void)self, (void)user, (void)user_len;
    *net = ours;
    return L2TPSEC_OK;
}

static int wall_clock(void *self, int64_t *now)
{
    (void)self;
    *now = 1700000000;
    return L2TPSEC_OK;
}

static void authenticated(void *self, const uint8_t *user, size_t user_len, uint32_t method)
{
    struct ppp_end *p = self;

    (void)user, (void)method;
    FUZZ_CHECK(user_len <= L2S_PPP_NAME_MAX);
    p->authenticated++;
}

static void up(void *self, const struct l2s_ppp_net *net)
{
    struct ppp_end *p = self;

    FUZZ_CHECK(p->authenticated > 0 && net->mtu <= 1500 && net->mtu >= 124);
    FUZZ_CHECK(net->local[0] != 0 && net->local[0] != 127 && net->local[0] < 224);
    FUZZ_CHECK(!p->cfg.server || memcmp(net->peer, "\x0a\0\0\x02", 4) == 0);
    p->ups++;
}

static void ipv6(void *self, const uint8_t *local, const uint8_t *peer)
{
    (void)self;
    FUZZ_CHECK(!local == !peer);
}

static void reframed(void *self)
{
    (void)self;
}

static void down(void *self, const struct l2s_failure *why)
{
    struct ppp_end *p = self;

    FUZZ_CHECK(p->downs++ == 0);
    if (why) {
        FUZZ_CHECK(memchr(why->offered, 0, sizeof why->offered) && memchr(why->allowed, 0, sizeof why->allowed));
        FUZZ_CHECK(memchr(why->detail, 0, sizeof why->detail));
    }
}

void ppp_end_up(struct ppp_end *p, bool server, uint32_t auth, uint16_t protocol)
{
    static const struct l2s_ppp_line line = {.restart_ms = 1000};
    static const struct l2s_ppp_port port = {.emit = emit,
                                             .secret = secret,
                                             .keep = keep,
                                             .addresses = addresses,
                                             .wall_clock = wall_clock,
                                             .authenticated = authenticated,
                                             .up = up,
                                             .ipv6 = ipv6,
                                             .reframed = reframed,
                                             .down = down};

    memset(p, 0, sizeof *p);
    fake_sys_init(&p->f);
    stub.sys = &p->f.sys;
    memcpy(p->password, "0ebra!!!", sizeof p->password);
    p->protocol = protocol;
    p->cfg = (struct l2s_ppp_config){.server = server,
                                     .auth = auth,
                                     .mru = 1400,
                                     .name = server ? "lns" : "alice",
                                     .max_configure = 10,
                                     .max_terminate = 2,
                                     .max_failure = 5,
                                     .echo_s = 30,
                                     .echo_failures = 4,
                                     .setup_s = 60,
                                     .retries = 2,
                                     .ask_dns = true};
    FUZZ_CHECK(l2s_ppp_new(&p->f.sys, ppp_end_crypto, &p->cfg, &line, &port, p, &p->ppp) == L2TPSEC_OK);
    l2s_ppp_start(p->ppp);
}

void ppp_end_skip_lcp(struct ppp_end *p, uint32_t method)
{
    p->ppp->lcp.cp.state = L2S_CP_OPENED;
    p->ppp->lcp.peer_mru = 1400;
    if (p->cfg.server)
        p->ppp->lcp.ask_auth = method;
    else
        p->ppp->lcp.give_auth = method;
    l2s_ppp_lcp_up(p->ppp);
}

void ppp_end_down(struct ppp_end *p)
{
    l2s_ppp_free(p->ppp);
    fake_sys_fini(&p->f);
}

/* ---- what the peer says ------------------------------------------------------------------------------------------ */

static void hear(struct ppp_end *p, const uint8_t *frame, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    struct l2s_rd packet = {0};
    uint32_t reason = 0;

    if (!exact)
        return;
    memcpy(exact, frame, n);
    enum l2s_ppp_kind kind = l2s_ppp_input(p->ppp, l2s_rd_init(exact, n), &packet, &reason);
    FUZZ_CHECK(reason < L2TPSEC_DROP_COUNT && (kind == L2S_PPP_DROP) == (reason != L2TPSEC_DROP_NONE));
    if (kind == L2S_PPP_SEALED) {
        fuzz_within(packet, exact, n);
        kind = l2s_ppp_unseal(p->ppp, exact + (packet.p - exact), packet.left, &packet, &reason);
        FUZZ_CHECK(kind == L2S_PPP_IPV4 || kind == L2S_PPP_IPV6 || kind == L2S_PPP_DROP);
    }
    if (kind == L2S_PPP_IPV4 || kind == L2S_PPP_IPV6) {
        FUZZ_CHECK(p->authenticated > 0 && p->downs == 0);
        fuzz_within(packet, exact, n);
    }
    free(exact);
}

void ppp_end_say(struct ppp_end *p, uint16_t protocol, uint8_t code, uint8_t id, struct l2s_rd data)
{
    uint8_t frame[1600];
    struct l2s_wr w = l2s_wr_init(frame, sizeof frame);

    l2s_wr_u16(&w, 0xff03);
    l2s_wr_u16(&w, protocol);
    l2s_wr_u8(&w, code);
    l2s_wr_u8(&w, id);
    l2s_wr_u16(&w, (uint16_t)(4 + data.left));
    l2s_wr_bytes(&w, data.p, data.left);
    if (!w.bad)
        hear(p, frame, w.len);
}

bool ppp_end_step(struct ppp_end *p, struct l2s_rd *r)
{
    if (r->left < 4)
        return false;
    uint8_t what = l2s_rd_u8(r), code = l2s_rd_u8(r), id = l2s_rd_u8(r);
    size_t n = l2s_rd_u8(r);
    n = n < r->left ? n : r->left;
    struct l2s_rd data = l2s_rd_sub(r, n), ours = l2s_rd_init(p->request, p->request_len);

    switch (what % 8) {
    case 0:
        ppp_end_say(p, p->protocol, code, id, data);
        break;
    case 2:
        l2s_rd_skip(&ours, 4);
        if (!ours.bad)
            ppp_end_say(p, p->protocol, L2S_CP_CONF_ACK, p->request[1], ours);
        break;
    case 3:
        fake_advance(&p->f, (uint64_t)(id & 63) * 500 * L2S_MS);
        break;
    case 4:
        hear(p, data.p, data.left);
        break;
    case 5:
        ppp_end_say(p, p->protocol, L2S_CP_CONF_REQ, id, data);
        break;
    default:
        ppp_end_say(p, p->protocol, code, p->request_len > 1 ? p->request[1] : id, data);
        break;
    }
    return true;
}
