/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/ppp/couple.h"

#include <stdlib.h>
#include <string.h>

static unsigned dice(struct couple *p)
{
    uint16_t r = 0;

    (void)p->f.sys.random(p->f.sys.random_user, &r, sizeof r);
    return r % 100;
}

static void put_on_wire(struct couple *p, unsigned to, const uint8_t *frame, size_t n)
{
    struct wire *w = malloc(sizeof *w);

    assert_non_null(w);
    w->next = NULL;
    w->due = p->f.sys.now + 10000;
    w->to = to;
    w->len = n;
    memcpy(w->bytes, frame, n);
    struct wire **at = &p->wire;
    while (*at)
        at = &(*at)->next;
    *at = w;
}

static void emit(void *self, const uint8_t *frame, size_t n)
{
    struct end *e = self;
    struct couple *p = e->pair;
    uint8_t copy[sizeof e->last];

    assert_true(n <= sizeof e->last);
    memcpy(e->last, frame, n);
    memcpy(copy, frame, n);
    e->last_len = n;
    e->sent++;
    if (p->cut || (p->loss && dice(p) < p->loss) || (p->meddle && !p->meddle(e, copy, &n)))
        return;
    put_on_wire(p, 1 - e->index, copy, n);
    if (p->twice && dice(p) < p->twice)
        put_on_wire(p, 1 - e->index, copy, n);
}

static int secret(void *self, const struct l2s_ppp_ask *ask, uint8_t out[L2S_PPP_SECRET_MAX], size_t *len)
{
    struct end *e = self;
    const char *password = e->password;

    e->asked++;
    if (ask->candidate)
        password = ask->expired ? e->renewed : e->next[ask->candidate - 1];
    if (e->pending)
        return L2S_PENDING;
    if (!password)
        return L2TPSEC_ENOENT;
    *len = strlen(password);
    memcpy(out, password, *len);
    return e->expired ? L2TPSEC_EEXPIRED : L2TPSEC_OK;
}

static int keep(void *self, const uint8_t *name, size_t name_len, const uint8_t *new_secret, size_t len)
{
    struct end *e = self;

    assert_int_equal(name_len, 5);
    assert_memory_equal(name, "alice", 5);
    assert_true(len < sizeof e->kept);
    memcpy(e->kept, new_secret, len);
    e->kept[len] = 0;
    return e->keep;
}

const struct l2s_ppp_net couple_given = {.local = {10, 0, 0, 1}, .peer = {10, 0, 0, 7}, .dns = {{9, 9, 9, 9}}};

static int addresses(void *self, const uint8_t *user, size_t user_len, struct l2s_ppp_net *net)
{
    struct end *e = self;

    (void)user, (void)user_len;
    *net = couple_given;
    return e->address_pending ? L2S_PENDING : e->no_address ? L2TPSEC_ENOENT : L2TPSEC_OK;
}

static void authenticated(void *self, const uint8_t *user, size_t user_len, uint32_t method)
{
    struct end *e = self;

    (void)method;
    e->authenticated++;
    e->user_len = user_len < sizeof e->user ? user_len : sizeof e->user;
    if (e->user_len)
        memcpy(e->user, user, e->user_len);
}

static int wall_clock(void *self, int64_t *now)
{
    const struct end *e = self;

    *now = e->wall_clock;
    return *now ? L2TPSEC_OK : L2TPSEC_ENOENT;
}

static void up(void *self, const struct l2s_ppp_net *net)
{
    struct end *e = self;

    e->ups++;
    e->net = *net;
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
    struct end *e = self;

    e->downs++;
    memset(&e->why, 0, sizeof e->why);
    if (why)
        e->why = *why;
}

static struct l2s_ppp_config config(bool server, uint32_t auth)
{
    struct l2s_ppp_config cfg = {.server = server,
                                 .auth = auth,
                                 .mru = 1400,
                                 .max_configure = 20,
                                 .max_terminate = 2,
                                 .max_failure = 5,
                                 .echo_s = 30,
                                 .echo_failures = 4,
                                 .setup_s = 60,
                                 .ask_dns = true};

    cfg.name = server ? "lns" : "alice";
    return cfg;
}

static const struct l2s_ppp_port port = {.emit = emit,
                                         .secret = secret,
                                         .keep = keep,
                                         .addresses = addresses,
                                         .wall_clock = wall_clock,
                                         .authenticated = authenticated,
                                         .up = up,
                                         .reframed = reframed,
                                         .ipv6 = ipv6,
                                         .down = down};

void couple_up(struct couple *p, uint32_t server_auth, uint32_t client_auth)
{
    couple_up_with(p, server_auth, client_auth, NULL);
}

void couple_up_with(struct couple *p, uint32_t server_auth, uint32_t client_auth,
                    void (*tune)(struct couple *p, unsigned index, struct l2s_ppp_config *cfg))
{
    memset(p, 0, sizeof *p);
    fake_sys_init(&p->f);
    assert_int_equal(l2s_crypto_mbedtls_new(&p->f.sys, &p->crypto), L2TPSEC_OK);
    for (unsigned i = 0; i < 2; i++) {
        struct end *e = &p->end[i];
        const struct l2s_ppp_line line = {.restart_ms = 1000};
        e->pair = p;
        e->index = i;
        e->cfg = config(i == 0, i ? client_auth : server_auth);
        e->password = "wonderland";
        if (tune)
            tune(p, i, &e->cfg);
        assert_int_equal(l2s_ppp_new(&p->f.sys, p->crypto, &e->cfg, &line, &port, e, &e->ppp), L2TPSEC_OK);
    }
}

uint32_t couple_feed(struct end *e, const uint8_t *frame, size_t n)
{
    struct l2s_rd packet;
    uint32_t reason;

    (void)l2s_ppp_input(e->ppp, fake_rd_exact(frame, n), &packet, &reason);
    fake_rd_free();
    return reason;
}

void couple_run(struct couple *p, uint64_t us)
{
    uint64_t until = p->f.sys.now + us;

    for (;;) {
        uint64_t stop = l2s_timers_next(&p->f.sys.timers);
        if (p->wire && p->wire->due < stop)
            stop = p->wire->due;
        if (stop > until)
            break;
        if (stop > p->f.sys.now)
            p->f.sys.now = stop;
        while (p->wire && p->wire->due <= p->f.sys.now) {
            struct wire *w = p->wire;
            p->wire = w->next;
            (void)couple_feed(&p->end[w->to], w->bytes, w->len);
            free(w);
        }
        l2s_timers_run(&p->f.sys.timers, p->f.sys.now);
    }
    p->f.sys.now = until;
}

void couple_down(struct couple *p)
{
    for (unsigned i = 0; i < 2; i++)
        l2s_ppp_free(p->end[i].ppp);
    while (p->wire) {
        struct wire *w = p->wire;
        p->wire = w->next;
        free(w);
    }
    l2s_crypto_free(p->crypto);
    fake_sys_fini(&p->f);
}

void couple_start(struct couple *p)
{
    l2s_ppp_start(p->end[0].ppp);
    l2s_ppp_start(p->end[1].ppp);
}
