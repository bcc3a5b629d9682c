/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/ppp/desk.h"

#include "wire/wr.h"

#include <string.h>

static void emit(void *self, const uint8_t *frame, size_t n)
{
    struct desk *d = self;
    struct said *s = &d->said[d->n++];
    struct l2s_rd r = l2s_rd_init(frame, n);

    assert_true(d->n <= FRAMES_MAX);
    assert_true(n <= sizeof s->frame);
    memcpy(s->frame, frame, n);
    s->frame_len = n;
    assert_int_equal(l2s_rd_u16(&r), 0xff03);
    s->protocol = l2s_rd_u16(&r);
    s->code = l2s_rd_u8(&r);
    s->id = l2s_rd_u8(&r);
    assert_int_equal(l2s_rd_u16(&r), n - 4);
    s->n = r.left;
    l2s_rd_copy(&r, s->body, r.left);
    assert_false(r.bad);
}

static int secret(void *self, const struct l2s_ppp_ask *ask, uint8_t out[L2S_PPP_SECRET_MAX], size_t *len)
{
    struct desk *d = self;
    const char *password = d->password ? d->password : "wonderland";

    (void)ask;
    d->asked++;
    if (d->later)
        return L2S_PENDING;
    *len = strlen(password);
    memcpy(out, password, *len);
    return L2TPSEC_OK;
}

static int addresses(void *self, const uint8_t *user, size_t user_len, struct l2s_ppp_net *net)
{
    struct desk *d = self;

    (void)user, (void)user_len;
    *net = d->give;
    return L2TPSEC_OK;
}

static void authenticated(void *self, const uint8_t *user, size_t user_len, uint32_t method)
{
    struct desk *d = self;

    d->authenticated++;
    d->method = method;
    d->user_len = user_len < sizeof d->user ? user_len : sizeof d->user;
    if (d->user_len)
        memcpy(d->user, user, d->user_len);
}

static void up(void *self, const struct l2s_ppp_net *net)
{
    struct desk *d = self;

    d->ups++;
    d->net = *net;
}

static void reframed(void *self)
{
    (void)self;
}

static void ipv6(void *self, const uint8_t *local, const uint8_t *peer)
{
    (void)self, (void)local, (void)peer;
}

static void down(void *self, const struct l2s_failure *why)
{
    struct desk *d = self;

    d->downs++;
    if (why)
        d->why = *why;
}

static int chance(void *user, void *buf, size_t n)
{
    struct desk *d = user;
    const uint8_t *script = n == 1 ? d->random1 : n == 4 ? d->random4 : n == 16 ? d->random16 : NULL;

    if (!script)
        return d->chance(&d->f, buf, n);
    memcpy(buf, script, n);
    return 0;
}

void desk_up(struct desk *d, bool server, uint32_t auth, const char *name)
{
    const struct l2s_ppp_line line = {.restart_ms = 1000};
    d->cfg = (struct l2s_ppp_config){.server = server,
                                     .auth = auth,
                                     .mru = 1400,
                                     .max_configure = 10,
                                     .max_terminate = 2,
                                     .max_failure = 5,
                                     .echo_s = 30,
                                     .echo_failures = 4,
                                     .setup_s = 60,
                                     .ask_dns = true};
    static const struct l2s_ppp_port port = {.emit = emit,
                                             .secret = secret,
                                             .addresses = addresses,
                                             .authenticated = authenticated,
                                             .up = up,
                                             .reframed = reframed,
                                             .ipv6 = ipv6,
                                             .down = down};

    fake_sys_init(&d->f);
    d->chance = d->f.sys.random;
    d->f.sys.random = chance;
    d->f.sys.random_user = d;
    d->cfg.name = name;
    assert_int_equal(l2s_crypto_mbedtls_new(&d->f.sys, &d->crypto), L2TPSEC_OK);
    assert_int_equal(l2s_ppp_new(&d->f.sys, d->crypto, &d->cfg, &line, &port, d, &d->ppp), L2TPSEC_OK);
    l2s_ppp_start(d->ppp);
}

void desk_down(struct desk *d)
{
    l2s_ppp_free(d->ppp);
    l2s_crypto_free(d->crypto);
    fake_sys_fini(&d->f);
}

static uint32_t hear_body(struct desk *d, uint16_t protocol, uint8_t code, uint8_t id, const uint8_t *body, size_t n);

uint32_t desk_hear(struct desk *d, const uint8_t *frame, size_t n)
{
    static const uint8_t body[4] = {0};
    struct l2s_rd packet;
    uint32_t reason;

    (void)l2s_ppp_input(d->ppp, fake_rd_exact(frame, n), &packet, &reason);
    fake_rd_free();
    while (!d->no_echo && d->echoed < d->n) {
        const struct said *s = &d->said[d->echoed++];
        if (s->protocol == LCP && s->code == ECHO_REQ)
            assert_int_equal(hear_body(d, LCP, ECHO_REP, s->id, body, sizeof body), 0);
    }
    return reason;
}

static uint32_t hear_body(struct desk *d, uint16_t protocol, uint8_t code, uint8_t id, const uint8_t *body, size_t n)
{
    uint8_t frame[600];
    struct l2s_wr w = l2s_wr_init(frame, sizeof frame);

    l2s_wr_u16(&w, 0xff03);
    l2s_wr_u16(&w, protocol);
    l2s_wr_u8(&w, code);
    l2s_wr_u8(&w, id);
    l2s_wr_u16(&w, (uint16_t)(4 + n));
    l2s_wr_bytes(&w, body, n);
    assert_false(w.bad);
    return desk_hear(d, frame, w.len);
}

uint32_t desk_hear_packet(struct desk *d, uint16_t protocol, uint8_t code, uint8_t id, const char *body)
{
    uint8_t bytes[512];

    return hear_body(d, protocol, code, id, bytes, fake_hex(body, bytes, sizeof bytes));
}

const struct said *desk_last(const struct desk *d, uint16_t protocol, uint8_t code)
{
    for (size_t i = d->n; i--;)
        if (d->said[i].protocol == protocol && d->said[i].code == code)
            return &d->said[i];
    return NULL;
}

unsigned desk_count(const struct desk *d, uint16_t protocol, uint8_t code)
{
    unsigned n = 0;

    for (size_t i = 0; i < d->n; i++)
        n += d->said[i].protocol == protocol && d->said[i].code == code;
    return n;
}

static const struct said *must(const struct desk *d, uint16_t protocol, uint8_t code)
{
    const struct said *s = desk_last(d, protocol, code);

    assert_non_null(s);
    return s;
}

static void options_are(const struct said *s, const char *options)
{
    uint8_t want[512];
    size_t n = fake_hex(options, want, sizeof want);

    assert_int_equal(s->n, n);
    if (n)
        assert_memory_equal(s->body, want, n);
}

void desk_ask(struct desk *d, uint16_t protocol, uint8_t id, const char *options, uint8_t code, const char *answer)
{
    size_t before = d->n;

    assert_int_equal(desk_hear_packet(d, protocol, REQ, id, options), 0);
    for (size_t i = before; i < d->n; i++) {
        struct said *s = &d->said[i];
        if (s->protocol != protocol || s->code < ACK || s->code > REJ)
            continue;
        assert_int_equal(s->code, code);
        assert_int_equal(s->id, id);
        options_are(s, answer);
        return;
    }
    fail_msg("no answer");
}

void desk_ack(struct desk *d, uint16_t protocol)
{
    const struct said *s = must(d, protocol, REQ);

    assert_int_equal(hear_body(d, protocol, ACK, s->id, s->body, s->n), 0);
}

void desk_reply(struct desk *d, uint16_t protocol, uint8_t code, const char *options)
{
    assert_int_equal(desk_hear_packet(d, protocol, code, must(d, protocol, REQ)->id, options), 0);
}

void desk_wants(const struct desk *d, uint16_t protocol, const char *options)
{
    struct said s = *must(d, protocol, REQ);

    for (size_t i = 0; protocol == LCP && i + 1 < s.n && s.body[i + 1] >= 2; i += s.body[i + 1])
        if (s.body[i] == 5)
            memset(s.body + i + 2, 0, 4);
    options_are(&s, options);
}

unsigned desk_refusals(const struct desk *d, uint16_t protocol)
{
    unsigned n = 0;

    for (size_t i = 0; i < d->n; i++) {
        const struct said *s = &d->said[i];
        n += s->protocol == LCP && s->code == PROTO_REJ && s->body[0] == protocol >> 8 &&
             s->body[1] == (protocol & 0xff);
    }
    return n;
}
