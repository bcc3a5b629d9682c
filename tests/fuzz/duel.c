/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "fuzz/duel.h"

#include "fuzz/sealed.h"

#define RECORDS_MOST 400
#define PAST 16 /* datagrams that the victim had */

static const uint8_t shapes[DUEL_OPS] = {
    [DUEL_EDIT] = SHAPE_EDITS, [DUEL_REPLAY] = SHAPE_EDITS, [DUEL_REFLECT] = SHAPE_EDITS,
    [DUEL_RAW] = SHAPE_ISAKMP, [DUEL_L2TP] = SHAPE_L2TP,
};

const struct grammar duel_grammar = {.setup = SETUP_BYTES, .ops = DUEL_OPS, .shape = shapes};

struct duel {
    struct scene scene;
    struct seal seal;
    struct host *victim, *other, *server;
    struct datagram past[PAST];
    size_t n_past;
    uint16_t shift;
    uint32_t seq;      /* the highest that the victim was told */
    uint32_t spi;      /* and by which SA */
    l2tpsec_packet as; /* the last ESP packet's way */
};

static bool is_esp(const struct datagram *d)
{
    static const uint8_t marker[4];

    return d->pkt.transport == L2TPSEC_TRANSPORT_ESP ||
           (d->pkt.remote.port == 4500 && d->pkt.len >= 4 && memcmp(d->bytes, marker, 4) != 0);
}

static void note(struct duel *t, const struct datagram *d)
{
    if (is_esp(d) && d->pkt.len >= 8) {
        struct l2s_rd r = l2s_rd_init(d->bytes, d->pkt.len);
        uint32_t spi = l2s_rd_u32(&r);
        uint32_t seq = l2s_rd_u32(&r);
        if (spi != t->spi || seq > t->seq)
            t->seq = seq;
        t->spi = spi;
        t->as = d->pkt;
    }
}

/* From the other to the victim, or the way back: with what a NAT makes of it. */
static void give(struct duel *t, struct host *to, const struct datagram *d)
{
    l2tpsec_packet p = d->pkt;

    p.local = d->pkt.remote;
    p.remote = d->pkt.local;
    if (p.transport == L2TPSEC_TRANSPORT_UDP) {
        if (to == t->victim)
            p.remote.port = (uint16_t)(p.remote.port + t->shift);
        else
            p.local.port = (uint16_t)(p.local.port - t->shift);
        p.remote.port = p.remote.port ? p.remote.port : 1;
    }
    if (to == t->victim) {
        struct datagram *kept = &t->past[t->n_past++ % PAST];
        kept->from = d->from;
        kept->pkt = d->pkt;
        memcpy(kept->bytes, d->bytes, d->pkt.len);
        note(t, d);
    }
    scene_input(to, &p, d->bytes, d->pkt.len);
}

static void take(struct duel *t, size_t n, struct datagram *out)
{
    const struct datagram *d = scene_wire(&t->scene, n);

    out->from = d->from;
    out->pkt = d->pkt;
    memcpy(out->bytes, d->bytes, d->pkt.len);
    scene_unwire(&t->scene, n);
}

static void pass(struct duel *t, unsigned most)
{
    static struct datagram d;

    while (t->scene.n && most--) {
        take(t, 0, &d);
        struct host *to = scene_host_at(&t->scene, &d.pkt.remote);
        if (to)
            give(t, to, &d);
    }
}

/* The n-th of those under way to the victim; what goes the other way is delivered until there is one. */
static bool for_victim(struct duel *t, size_t n, struct datagram *out)
{
    for (unsigned tries = 0; tries < 32; tries++) {
        size_t there[SCENE_WIRE], count = 0;
        for (size_t i = 0; i < t->scene.n; i++)
            if (scene_wire(&t->scene, i)->from == t->other)
                there[count++] = i;
        if (count) {
            take(t, there[n % count], out);
            return true;
        }
        if (!t->scene.n)
            return false;
        pass(t, 1);
    }
    return false;
}

static void change(struct duel *t, struct datagram *d, uint32_t seq, const struct record *r)
{
    d->pkt.len = sealed_edit_any(&t->seal, is_esp(d), d->bytes, d->pkt.len, SCENE_BYTES, seq, r->body, r->n);
}

static void replay(struct duel *t, const struct record *r)
{
    static struct datagram d;

    if (!t->n_past)
        return;
    const struct datagram *old = &t->past[r->arg % (t->n_past < PAST ? t->n_past : PAST)];
    d.from = old->from;
    d.pkt = old->pkt;
    memcpy(d.bytes, old->bytes, old->pkt.len);
    change(t, &d, r->arg & 0x80 ? 0 : t->seq + 1, r);
    give(t, t->victim, &d);
}

static void reflect(struct duel *t, const struct record *r)
{
    static struct datagram d;

    for (size_t i = 0; i < t->scene.n; i++) {
        if (scene_wire(&t->scene, i)->from != t->victim)
            continue;
        take(t, i, &d);
        change(t, &d, 0, r);
        l2tpsec_addr from = d.pkt.local;
        d.pkt.local = d.pkt.remote;
        d.pkt.remote = from;
        give(t, t->victim, &d);
        return;
    }
}

static void raw(struct duel *t, const struct record *r)
{
    static struct datagram d;
    static const uint16_t ports[] = {500, 4500, 1701, 4500};

    d.from = t->other;
    d.pkt = (l2tpsec_packet){
        .local = t->other->at, .remote = t->victim->at, .len = r->n < SCENE_BYTES ? r->n : SCENE_BYTES};
    d.pkt.transport = (r->arg & 3) == 3 ? L2TPSEC_TRANSPORT_ESP : L2TPSEC_TRANSPORT_UDP;
    d.pkt.local.port = d.pkt.remote.port = d.pkt.transport == L2TPSEC_TRANSPORT_ESP ? 0 : ports[r->arg & 3];
    if (r->arg & 4)
        d.pkt.local = scene_address(2, (uint8_t)(200 + (r->arg >> 3 & 15)), ports[r->arg & 3]);
    if (r->n)
        memcpy(d.bytes, r->body, d.pkt.len);
    give(t, t->victim, &d);
}

static void l2tp(struct duel *t, const struct record *r)
{
    static struct datagram d;

    if (!t->spi)
        return;
    d.from = t->other;
    d.pkt = t->as;
    d.pkt.len = sealed_make(&t->seal, t->spi, t->seq + 1 + (r->arg >> 4), UINT32_C(1701) << 16 | 1701u, r->body, r->n,
                            d.bytes, SCENE_BYTES);
    if (d.pkt.len)
        give(t, t->victim, &d);
}

static void play(struct duel *t, const struct record *r)
{
    static struct datagram d;

    switch ((enum duel_op)(r->op % DUEL_OPS)) {
    case DUEL_PASS:
        pass(t, 1 + r->arg % 32u);
        break;
    case DUEL_EDIT:
        if (for_victim(t, r->arg, &d)) {
            change(t, &d, 0, r);
            give(t, t->victim, &d);
        }
        break;
    case DUEL_DROP:
        (void)for_victim(t, r->arg, &d);
        break;
    case DUEL_REPLAY:
        replay(t, r);
        break;
    case DUEL_REFLECT:
        reflect(t, r);
        break;
    case DUEL_RAW:
        raw(t, r);
        break;
    case DUEL_L2TP:
        l2tp(t, r);
        break;
    case DUEL_WAIT:
        scene_wait(&t->scene, r->arg);
        break;
    case DUEL_RUN:
        for (unsigned i = 0; i <= (r->arg & 7u); i++) {
            pass(t, 64);
            scene_advance(&t->scene, (uint64_t)(1 + (r->arg >> 3)) * (SCENE_SECOND / 8));
        }
        break;
    case DUEL_ACT:
        scene_act(t->victim, t->server, r->arg, r->body, r->n);
        break;
    case DUEL_OTHER:
        scene_act(t->other, t->server, r->arg, r->body, r->n);
        break;
    case DUEL_FAIL:
        scene_fail(t->victim, r->arg);
        break;
    case DUEL_REBIND:
        t->shift = (uint16_t)(r->arg * 37);
        break;
    case DUEL_OPS:
        break;
    }
}

void duel_play(bool victim_is_server, const uint8_t *data, size_t size)
{
    static struct duel t;
    struct setup setup = setup_read(data, size);
    const uint8_t *p = data + (size < SETUP_BYTES ? size : SETUP_BYTES);
    size_t left = size - (size_t)(p - data);
    struct record r;

    scene_begin(&t.scene, &setup);
    t.n_past = 0;
    t.shift = 0;
    t.seq = t.spi = 0;
    t.seal = seal_of(setup.variant & 1);
    t.server = scene_server(&t.scene, 0, "1");
    struct host *client = scene_client(&t.scene, 1);
    t.victim = victim_is_server ? t.server : client;
    t.other = victim_is_server ? client : t.server;
    scene_connect(client, t.server);
    for (unsigned n = 0; n < RECORDS_MOST && record_next(&p, &left, &r); n++)
        play(&t, &r);
    if (scene_is_chosen(data, size)) {
        scene_no_failures(t.other);
        if (victim_is_server)
            scene_serves(&t.scene, t.server);
        else
            scene_dials(&t.scene, client);
    }
    scene_end(&t.scene);
}
