/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "unit/ike/v1_rig.h"

#include "base/errors.h"
#include "ike/common/header.h"
#include "ike/v1/engine.h"

#include <stdlib.h>
#include <string.h>

int rig_owner;

l2tpsec_addr rig_addr(uint8_t last, uint16_t port)
{
    l2tpsec_addr a = {.family = 4, .port = port, .ip = {192, 0, 2, last}};

    return a;
}

static uint32_t draw(struct rig *r)
{
    r->chance = r->chance * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(r->chance >> 33);
}

/* ---- the network ----------------------------------------------------------------------------------------------- */

static void enqueue(struct rig *r, const struct rig_packet *pkt)
{
    struct rig_packet *copy = malloc(sizeof *copy);
    struct rig_packet **at = &r->wire;

    assert_non_null(copy);
    *copy = *pkt;
    copy->due = r->sys.sys.now + r->delay + (r->jitter ? draw(r) % r->jitter : 0);
    while (*at && (*at)->due <= copy->due)
        at = &(*at)->next;
    copy->next = *at;
    *at = copy;
}

void rig_send(struct rig *r, unsigned from, const l2tpsec_addr *src, const l2tpsec_addr *dst, bool marker,
              const uint8_t *p, size_t n)
{
    struct rig_packet pkt = {.from = from, .src = *src, .dst = *dst, .marker = marker, .n = n};

    assert_true(n <= sizeof pkt.p);
    memcpy(pkt.p, p, n);
    r->sent++;
    if (r->nat && from == 0) {
        pkt.src.ip[3] = r->nat_ip;
        pkt.src.port = (uint16_t)(pkt.src.port + r->nat_base);
    }
    if (r->nat && from == 1) { /* the other way round; what has no mapping is lost */
        if (pkt.dst.ip[3] != r->nat_ip || pkt.dst.port < r->nat_base)
            return;
        pkt.dst.ip[3] = r->end[0].at.ip[3];
        pkt.dst.port = (uint16_t)(pkt.dst.port - r->nat_base);
    }
    if (r->cut || (r->tap && !r->tap(r, &pkt, r->tap_arg)) || draw(r) % 1000 < r->loss)
        return;
    enqueue(r, &pkt);
    if (draw(r) % 1000 < r->again)
        enqueue(r, &pkt);
}

void rig_inject(struct rig *r, unsigned to, const l2tpsec_addr *from, const l2tpsec_addr *at, bool marker,
                const uint8_t *p, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1); /* so that sanitizers see one byte over */

    assert_non_null(exact);
    memcpy(exact, p, n);
    l2s_ike_input(r->end[to].e, at, from, marker, exact, n);
    free(exact);
}

void rig_run(struct rig *r, uint64_t us)
{
    uint64_t until = r->sys.sys.now + us;

    for (;;) {
        uint64_t due = l2s_timers_next(&r->sys.sys.timers);
        bool packet = r->wire && r->wire->due <= due;
        if (packet)
            due = r->wire->due;
        if (due > until)
            break;
        if (due > r->sys.sys.now)
            r->sys.sys.now = due;
        if (packet) {
            struct rig_packet *pkt = r->wire;
            r->wire = pkt->next;
            rig_inject(r, !pkt->from, &pkt->src, &pkt->dst, pkt->marker, pkt->p, pkt->n);
            free(pkt);
        } else {
            l2s_timers_run(&r->sys.sys.timers, r->sys.sys.now);
        }
    }
    r->sys.sys.now = until;
}

/* ---- the port -------------------------------------------------------------------------------------------------- */

static void emit(void *self, const l2tpsec_addr *local, const l2tpsec_addr *remote, bool marker, const uint8_t *p,
                 size_t n)
{
    struct rig_end *e = self;

    e->emits++;
    rig_send(e->rig, e->which, local, remote, marker, p, n);
}

static void keepalive(void *self, uint64_t channel, const l2tpsec_addr *local, const l2tpsec_addr *remote)
{
    struct rig_end *e = self;

    assert_int_equal(channel, e->channel);
    assert_int_equal(local->port, 4500);
    assert_int_not_equal(remote->port, 0);
    e->keepalives++;
}

static int psk(void *self, const struct l2s_psk_query *q, uint64_t token, uint8_t out[L2S_PSK_MAX], size_t *len)
{
    struct rig_end *e = self;

    e->asked = *q;
    e->token = token;
    e->asked_times++;
    if (e->ask)
        return L2S_PENDING;
    if (q->candidate >= L2S_COUNT_OF(e->psk) || !e->psk[q->candidate])
        return L2TPSEC_ENOENT;
    *len = strlen(e->psk[q->candidate]);
    memcpy(out, e->psk[q->candidate], *len);
    return L2TPSEC_OK;
}

static uint32_t spi_reserve(void *self)
{
    struct rig_end *e = self;

    e->spis++;
    return e->next_spi++;
}

static void spi_release(void *self, uint32_t spi)
{
    struct rig_end *e = self;

    assert_int_not_equal(spi, 0);
    assert_int_not_equal(e->spis, 0);
    e->spis--;
}

static int channel_up(void *self, uint64_t channel, void *owner, const struct l2s_ike_id *peer_id, const char *proposal)
{
    struct rig_end *e = self;

    if (e->channel_rc)
        return e->channel_rc;
    e->channels_up++;
    e->channel = channel;
    e->owner = owner;
    e->peer_id = *peer_id;
    assert_true(strlen(proposal) < sizeof e->agreed);
    memcpy(e->agreed, proposal, strlen(proposal) + 1);
    if (e->close_on_up)
        l2s_ike_close(e->e, channel);
    return L2TPSEC_OK;
}

static int child_up(void *self, uint64_t channel, const struct l2s_ike_child *k)
{
    struct rig_end *e = self;
    struct rig_child c = {.channel = channel,
                          .id = k->id,
                          .spi_in = k->spi_in,
                          .spi_out = k->spi_out,
                          .suite = k->suite,
                          .initiator = k->initiator,
                          .udp_encap = k->udp_encap,
                          .legacy = k->legacy,
                          .aggressive = k->aggressive,
                          .unconfirmed = k->unconfirmed,
                          .local = k->local,
                          .remote = k->remote,
                          .local_inner = k->local_inner,
                          .remote_inner = k->remote_inner,
                          .local_port = k->local_port,
                          .remote_port = k->remote_port,
                          .lifetime_s = k->lifetime_s,
                          .lifetime_bytes = k->lifetime_bytes};
    size_t enc = l2s_esp_enc_key_len(&k->suite), auth = l2s_esp_auth_key_len(&k->suite);

    if (e->child_rc)
        return e->child_rc;
    assert_int_equal(channel, e->channel);
    memcpy(c.enc_in, k->enc_in, enc);
    memcpy(c.enc_out, k->enc_out, enc);
    if (auth) {
        memcpy(c.auth_in, k->auth_in, auth);
        memcpy(c.auth_out, k->auth_out, auth);
    }
    assert_true(e->n < RIG_CHILDREN);
    e->child[e->n++] = c;
    e->children_up++;
    e->spis--;
    if (e->close_on_child) {
        l2s_ike_close(e->e, channel);
        e->n = 0;
    }
    return L2TPSEC_OK;
}

static void child_confirmed(void *self, uint64_t channel, uint64_t child)
{
    struct rig_child *c = rig_find(self, child);

    assert_non_null(c);
    assert_int_equal(c->channel, channel);
    assert_true(c->unconfirmed);
    c->unconfirmed = false;
}

static void child_down(void *self, uint64_t channel, uint64_t child)
{
    struct rig_end *e = self;

    (void)channel;
    for (unsigned i = 0; i < e->n; i++) {
        if (e->child[i].id != child)
            continue;
        memmove(&e->child[i], &e->child[i + 1], (e->n - i - 1) * sizeof e->child[0]);
        e->n--;
        e->children_down++;
        return;
    }
    fail_msg("a child that never was went down");
}

static void channel_down(void *self, uint64_t channel, void *owner, const struct l2s_failure *why)
{
    struct rig_end *e = self;

    assert_int_not_equal(channel, 0);
    for (unsigned i = 0; i < e->n; i++)
        assert_int_not_equal(e->child[i].channel, channel);
    e->channels_down++;
    e->why = *why;
    e->why_owner = owner;
}

static void failed(void *self, void *owner, const l2tpsec_addr *remote, const struct l2s_failure *why)
{
    struct rig_end *e = self;

    assert_int_not_equal(remote->family, 0);
    e->failed++;
    if (!owner)
        e->refused = *why;
    e->why = *why;
    e->why_owner = owner;
}

static void channel_reset(void *self, uint64_t channel)
{
    struct rig_end *e = self;

    e->resets++;
    if (e->close_on_reset)
        l2s_ike_close(e->e, channel);
}

static void channel_moved(void *self, uint64_t channel, const l2tpsec_addr *local, const l2tpsec_addr *remote,
                          bool udp_encap)
{
    struct rig_end *e = self;

    (void)local;
    (void)udp_encap;
    assert_int_not_equal(channel, 0);
    e->moves++;
    e->moved_to = *remote;
}

static void keylog(void *self, const uint8_t icookie[8], const uint8_t *key, size_t len)
{
    struct rig_end *e = self;

    e->keylogs++;
    memcpy(e->log_cookie, icookie, 8);
    memcpy(e->log_key, key, len);
    e->log_len = len;
}

static int rig_wall_clock(void *self, int64_t *now)
{
    (void)self;
    *now = 1782864000; /* 2026-07-01 */
    return L2TPSEC_OK;
}

static const struct l2s_ike_port port = {
    .wall_clock = rig_wall_clock,
    .emit = emit,
    .keepalive = keepalive,
    .psk = psk,
    .spi_reserve = spi_reserve,
    .spi_release = spi_release,
    .channel_up = channel_up,
    .child_up = child_up,
    .child_confirmed = child_confirmed,
    .child_down = child_down,
    .channel_down = channel_down,
    .failed = failed,
    .channel_reset = channel_reset,
    .channel_moved = channel_moved,
    .keylog = keylog,
};

/* ---- set up ---------------------------------------------------------------------------------------------------- */

static void configure(struct rig_end *e)
{
    struct l2s_ike_config *c = &e->cfg;

    c->ike_lifetime_s = 28800;
    c->esp_lifetime_s = 3600;
    c->retry_ms = 1000;
    c->retries = 5;
    c->dpd_s = 10;
    c->dpd_retries = 4;
    c->keepalive_s = 20;
    c->half_open_max = 1024;
    c->initial_contact = true;
    c->local_port = c->remote_port = 1701;
}

void rig_init(struct rig *r)
{
    memset(r, 0, sizeof *r);
    fake_sys_init(&r->sys);
    assert_int_equal(l2s_crypto_mbedtls_new(&r->sys.sys, &r->crypto), L2TPSEC_OK);
    r->delay = 10 * L2S_MS;
    r->chance = 1;
    r->nat_ip = 200;
    r->nat_base = 30000;
    for (unsigned i = 0; i < 2; i++) {
        struct rig_end *e = &r->end[i];
        struct l2s_ike_port p = port;
        p.self = e;
        e->rig = r;
        e->which = i;
        e->at = rig_addr((uint8_t)(i + 1), 500);
        e->psk[0] = RIG_PSK;
        e->next_spi = 0x1000 * (i + 1);
        configure(e);
        assert_int_equal(l2s_ike_new(&r->sys.sys, r->crypto, &p, &e->e), L2TPSEC_OK);
    }
    rig_propose(r, "aes128-sha256-curve25519", "aes128-sha256");
}

void rig_restart(struct rig *r, unsigned which)
{
    struct rig_end *e = &r->end[which];
    struct l2s_ike_port p = port;

    l2s_ike_free(e->e);
    e->n = e->spis = 0;
    p.self = e;
    assert_int_equal(l2s_ike_new(&r->sys.sys, r->crypto, &p, &e->e), L2TPSEC_OK);
}

void rig_fini(struct rig *r)
{
    while (r->wire) {
        struct rig_packet *pkt = r->wire;
        r->wire = pkt->next;
        free(pkt);
    }
    for (unsigned i = 0; i < 2; i++)
        l2s_ike_free(r->end[i].e);
    l2s_crypto_free(r->crypto);
    fake_sys_fini(&r->sys);
}

void rig_propose(struct rig *r, const char *ike, const char *esp)
{
    for (unsigned i = 0; i < 2; i++) {
        const char *error;
        size_t len;
        assert_int_equal(l2s_ike_policy_parse(ike, &r->end[i].cfg.ike, &error, &len), L2TPSEC_OK);
        assert_int_equal(l2s_esp_policy_parse(esp, &r->end[i].cfg.esp, &error, &len), L2TPSEC_OK);
    }
}

void rig_listen(struct rig *r)
{
    l2s_ike_listen(r->end[1].e, &r->end[1].cfg);
}

struct l2s_v1_peer *rig_peer(const struct rig_end *e)
{
    uint32_t at = 0;

    return l2s_idtab_next(&e->e->channels, &at);
}

int rig_connect(struct rig *r)
{
    struct rig_end *e = &r->end[0];

    return l2s_ike_connect(e->e, &e->cfg, &e->at, &r->end[1].at, 4500, 4500, &rig_owner);
}

void rig_up(struct rig *r)
{
    rig_listen(r);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    for (unsigned i = 0; i < 100 && (!r->end[0].n || !r->end[1].n); i++)
        rig_run(r, 100 * L2S_MS);
    rig_assert_joined(r);
}

struct rig_child *rig_newest(struct rig_end *e)
{
    return e->n ? &e->child[e->n - 1] : NULL;
}

struct rig_child *rig_find(struct rig_end *e, uint64_t id)
{
    for (unsigned i = 0; i < e->n; i++)
        if (e->child[i].id == id)
            return &e->child[i];
    return NULL;
}

void rig_assert_joined(const struct rig *r)
{
    const struct rig_end *a = &r->end[0], *b = &r->end[1];

    assert_int_not_equal(a->n, 0);
    assert_int_not_equal(b->n, 0);
    const struct rig_child *x = &a->child[a->n - 1], *y = &b->child[b->n - 1];
    assert_int_equal(x->spi_in, y->spi_out);
    assert_int_equal(x->spi_out, y->spi_in);
    assert_memory_equal(x->enc_in, y->enc_out, sizeof x->enc_in);
    assert_memory_equal(x->enc_out, y->enc_in, sizeof x->enc_in);
    assert_memory_equal(x->auth_in, y->auth_out, sizeof x->auth_in);
    assert_memory_equal(x->auth_out, y->auth_in, sizeof x->auth_in);
    assert_memory_not_equal(x->enc_in, x->enc_out, 16);
    assert_int_equal(x->suite.cipher, y->suite.cipher);
    assert_int_equal(x->udp_encap, y->udp_encap);
    assert_int_equal(x->legacy, y->legacy);
    assert_int_equal(x->aggressive, y->aggressive);
    assert_int_equal(x->lifetime_s, y->lifetime_s);
    assert_int_not_equal(x->initiator, y->initiator);
}

void rig_assert_up(const struct rig *r)
{
    rig_assert_joined(r);
    for (unsigned i = 0; i < 2; i++) {
        const struct rig_end *e = &r->end[i];
        assert_int_equal(e->channels_up, 1);
        assert_int_equal(e->channels_down, 0);
        assert_int_equal(e->resets, 0);
        assert_int_equal(e->children_up, 1);
        assert_int_equal(e->n, 1);
        assert_int_equal(e->spis, 0);
        assert_int_equal(l2s_ike_stats(e->e)->established, 1);
    }
    assert_true(r->end[0].failed == 0 || r->end[0].why_owner == NULL); /* what others dial is not our connect */
}

/* ---- a cheap group --------------------------------------------------------------------------------------------- */

unsigned rig_dh_calls;

/* The secret is one public value XOR the other. Nothing above the provider can tell. */
struct toy {
    struct l2s_crypto *c;
    uint8_t own[32];
};

static int toy_new(struct l2s_crypto *c, enum l2s_group_id id, struct l2s_dh **out, uint8_t *pub, size_t cap,
                   size_t *len)
{
    struct toy *t = l2s_mem_new(&c->sys->mem, sizeof *t);

    (void)id;
    rig_dh_calls++;
    if (!t || cap < sizeof t->own || l2s_random(c->sys, t->own, sizeof t->own) != 0) {
        l2s_mem_free(&c->sys->mem, t);
        return L2TPSEC_ENOMEM;
    }
    t->c = c;
    memcpy(pub, t->own, sizeof t->own);
    *len = sizeof t->own;
    *out = (struct l2s_dh *)(void *)t;
    return L2TPSEC_OK;
}

static int toy_agree(struct l2s_dh *dh, const uint8_t *peer, size_t peer_len, uint8_t *secret, size_t cap, size_t *len)
{
    const struct toy *t = (const struct toy *)(const void *)dh;

    rig_dh_calls++;
    if (peer_len != sizeof t->own || cap < sizeof t->own)
        return L2TPSEC_EPROTO;
    for (size_t i = 0; i < sizeof t->own; i++)
        secret[i] = t->own[i] ^ peer[i];
    *len = sizeof t->own;
    return L2TPSEC_OK;
}

static void toy_free(struct l2s_dh *dh)
{
    struct toy *t = (struct toy *)(void *)dh;

    if (t)
        l2s_mem_free(&t->c->sys->mem, t);
}

void rig_cheap_dh(struct rig *r)
{
    static struct l2s_crypto_ops toy; /* the same for every rig */

    toy = *r->crypto->ops;
    toy.dh_new = toy_new;
    toy.dh_agree = toy_agree;
    toy.dh_free = toy_free;
    r->crypto->ops = &toy;
    rig_dh_calls = 0;
}

void rig_begin(struct rig *r)
{
    rig_init(r);
    rig_cheap_dh(r);
}

void rig_begin_mode(struct rig *r, bool aggressive)
{
    rig_begin(r);
    r->end[0].cfg.aggressive = r->end[1].cfg.aggressive = aggressive;
    rig_listen(r);
}

unsigned rig_connect_past(struct rig *r, bool aggressive, bool (*tap)(struct rig *r, struct rig_packet *pkt, void *arg),
                          uint64_t us)
{
    rig_begin_mode(r, aggressive);
    r->tap = tap;
    r->tap_arg = &r->tapped;
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, us);
    return r->tapped;
}

int rig_set_up(void **state)
{
    static struct rig r;

    rig_begin(&r);
    *state = &r;
    return 0;
}

int rig_tear_down(void **state)
{
    rig_fini(*state);
    return 0;
}

void rig_allow(struct rig_end *e, const char *esp)
{
    const char *error;
    size_t len;

    assert_int_equal(l2s_esp_policy_parse(esp, &e->cfg.esp, &error, &len), L2TPSEC_OK);
}

bool rig_is_quick(const struct rig_packet *pkt)
{
    return pkt->p[18] == L2S_EXCHANGE_QUICK;
}

bool rig_mates(const struct rig_child *x, const struct rig_child *y)
{
    return x->spi_in == y->spi_out && x->spi_out == y->spi_in && memcmp(x->enc_in, y->enc_out, sizeof x->enc_in) == 0 &&
           memcmp(x->enc_out, y->enc_in, sizeof x->enc_in) == 0 &&
           memcmp(x->auth_in, y->auth_out, sizeof x->auth_in) == 0 &&
           memcmp(x->auth_out, y->auth_in, sizeof x->auth_in) == 0;
}

unsigned rig_common(const struct rig *r)
{
    unsigned count = 0;

    for (unsigned i = 0; i < r->end[0].n; i++)
        for (unsigned j = 0; j < r->end[1].n; j++)
            count += rig_mates(&r->end[0].child[i], &r->end[1].child[j]);
    return count;
}

/* Run event by event: at none of them may there be no pair that both ends have. Returns the most an end had. */

unsigned rig_watch(struct rig *r, uint64_t us)
{
    uint64_t until = r->sys.sys.now + us;
    unsigned most = 0;

    while (r->sys.sys.now < until) {
        uint64_t due = l2s_timers_next(&r->sys.sys.timers);
        if (r->wire && r->wire->due < due)
            due = r->wire->due;
        if (due > until)
            due = until;
        rig_run(r, due > r->sys.sys.now ? due - r->sys.sys.now : 0);
        assert_int_not_equal(rig_common(r), 0);
        for (unsigned i = 0; i < 2; i++)
            most = r->end[i].n > most ? r->end[i].n : most;
    }
    return most;
}

void rig_assert_quiet(const struct rig *r)
{
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(r->end[i].channels_up, 1);
        assert_int_equal(r->end[i].channels_down, 0);
        assert_int_equal(r->end[i].resets, 0);
        assert_int_equal(r->end[i].failed, 0);
        assert_int_equal(r->end[i].spis, 0);
    }
}

void rig_assert_empty(const struct rig *r)
{
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(r->end[i].channels_up, r->end[i].channels_down);
        assert_int_equal(r->end[i].n, 0);
        assert_int_equal(r->end[i].spis, 0);
        assert_int_equal(l2s_ike_stats(r->end[i].e)->established, 0);
    }
}
