/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* What strangers, people on the line and our own shortages can do to IKEv1: nothing lasting. rig_fini asserts each time that
 * nothing is held. */
#include "unit/ike/v1_rig.h"

#include "base/errors.h"
#include "ike/v1/engine.h"
#include "ike/v1/half_open.h"
#include "ike/v1/offers.h"
#include "wire/wr.h"

#include <string.h>

#define MESSAGES 9     /* six of main mode, three of quick mode */
#define FIRST_SEALED 4 /* message 5, counted from 0: from here on, keys protect them */

/* ---- a connect, and what is said in it ------------------------------------------------------------------------- */

static void begin(struct rig *r)
{
    rig_begin_mode(r, false);
}

static void dial(struct rig *r)
{
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
}

/* The messages of one connect. */
struct tape {
    unsigned n;
    struct rig_packet m[MESSAGES];
};

static bool record(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct tape *t = arg;

    (void)r;
    if (t->n < MESSAGES)
        t->m[t->n] = *pkt;
    t->n++;
    return true;
}

/* Bring up a pair and keep what was said. */
static void record_up(struct rig *r, struct tape *t)
{
    t->n = 0;
    r->tap = record;
    r->tap_arg = t;
    dial(r);
    rig_run(r, L2S_SECOND);
    rig_assert_up(r);
    assert_int_equal(t->n, MESSAGES);
    r->tap = NULL;
}

/* As if nothing had been, but for the messages of a connect of these two. */
static void begin_with_tape(struct rig *r, struct tape *t)
{
    begin(r);
    record_up(r, t);
    rig_fini(r);
    begin(r);
}

/* ---- mirrors --------------------------------------------------------------------------------------------------- */

/* Ahead of message 2 or 4, one with our own cookie or public value in the place of the peer's. */
static bool mirror(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct tape *t = arg;

    if (t->n < MESSAGES)
        t->m[t->n] = *pkt;
    if (t->n == 1 || t->n == 3) {
        struct rig_packet ours = *pkt;
        size_t at = t->n == 1 ? L2S_COOKIE : L2S_ISAKMP_HEADER + 4, n = t->n == 1 ? L2S_COOKIE : 32;
        memcpy(ours.p + at, t->m[t->n - 1].p + (t->n == 1 ? 0 : at), n);
        rig_inject(r, 0, &ours.src, &ours.dst, ours.marker, ours.p, ours.n);
    }
    t->n++;
    return true;
}

static void our_own_words_are_not_taken_for_the_peers(void **state)
{
    struct tape t = {.n = 0};
    struct rig r;

    (void)state;
    begin(&r);
    r.tap = mirror;
    r.tap_arg = &t;
    dial(&r);
    rig_run(&r, 100 * L2S_MS);
    rig_assert_up(&r);
    assert_int_equal(t.n, MESSAGES);
    rig_fini(&r);
}

/* ---- altered copies -------------------------------------------------------------------------------------------- */

#define EACH (FEW ? 7u : 1u) /* bit; no divisor of 8 */

enum damage { FLIP, CUT, CUT_HONEST /* and the header says so */ };

struct attack {
    unsigned at, seen; /* on the n-th message */
    enum damage kind;
    size_t where; /* bit, or length that is left */
    bool ahead;   /* the altered one comes before the genuine one */
    bool busy;
    size_t n; /* how long the genuine one was */
};

static void send_altered(struct rig *r, const struct attack *a, const struct rig_packet *pkt)
{
    struct rig_packet bad = *pkt;

    if (a->kind == FLIP)
        bad.p[a->where / 8] ^= (uint8_t)(1u << a->where % 8);
    else
        bad.n = a->where;
    if (a->kind == CUT_HONEST && bad.n >= L2S_ISAKMP_HEADER)
        l2s_put32(bad.p + 24, (uint32_t)bad.n);
    rig_send(r, bad.from, &bad.src, &bad.dst, bad.marker, bad.p, bad.n);
}

static bool interfere(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct attack *a = arg;

    if (a->busy || a->seen++ != a->at)
        return true;
    a->n = pkt->n;
    a->busy = true;
    if (a->ahead)
        send_altered(r, a, pkt);
    rig_send(r, pkt->from, &pkt->src, &pkt->dst, pkt->marker, pkt->p, pkt->n);
    if (!a->ahead)
        send_altered(r, a, pkt);
    a->busy = false;
    return false;
}

/* Connect under this attack; returns how long the message in question was. */
static size_t withstand(struct attack a, bool must)
{
    struct rig r;

    begin(&r);
    r.tap = interfere;
    r.tap_arg = &a;
    dial(&r);
    rig_run(&r, 100 * L2S_MS);
    if (must && (!r.end[0].n || !r.end[1].n))
        fail_msg("message %u, damage %d at %zu, %s: it did not come up", a.at + 1, (int)a.kind, a.where,
                 a.ahead ? "ahead" : "behind");
    if (must)
        rig_assert_up(&r);
    else
        rig_run(&r, 60 * L2S_SECOND); /* it failed, or got over it */
    assert_true(r.end[0].n || r.end[0].failed || r.end[0].channels_down);
    rig_fini(&r);
    return a.n;
}

static void no_flipped_bit_behind_the_genuine_message_does_harm(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MESSAGES; i++) {
        struct attack a = {.at = i, .kind = FLIP};
        for (size_t bits = 1; a.where < bits; a.where += EACH)
            bits = 8 * withstand(a, true);
    }
}

/* From message 5 on keys protect them, and the one that fits is recognised whatever came ahead of it. HASH_I covers only the ID payload
 * (RFC 2409, 5), but INITIAL-CONTACT behind it must name the SA. */
static void no_flipped_bit_ahead_of_a_sealed_message_does_harm(void **state)
{
    (void)state;
    for (unsigned i = FIRST_SEALED; i < MESSAGES; i++) {
        struct attack a = {.at = i, .kind = FLIP, .ahead = true};
        for (size_t bits = 1; a.where < bits; a.where += EACH)
            bits = 8 * withstand(a, true);
    }
}

/* Nothing protects messages 1 to 4 but what HASH_I and HASH_R cover: who alters them in time can spoil the attempt, and no more
 * than that. */
static void flipped_bits_ahead_of_a_clear_message_spoil_the_attempt_at_most(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FIRST_SEALED; i++) {
        struct attack a = {.at = i, .kind = FLIP, .ahead = true};
        for (size_t bits = 1; a.where < bits; a.where += EACH)
            bits = 8 * withstand(a, false);
    }
}

static void no_truncated_message_does_harm(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MESSAGES; i++) {
        struct attack a = {.at = i, .ahead = true};
        for (size_t n = 1; a.where < n; a.where += FEW ? 3 : 1) {
            a.kind = CUT;
            n = withstand(a, true);
            a.kind = CUT_HONEST;
            (void)withstand(a, true);
        }
    }
}

/* What a peer that has the key, but not its wits, would send: the n-th bit it encrypts is wrong. */
static uint64_t wrong_bit;
static const struct l2s_crypto_ops *sane;

static int garbled_cbc(struct l2s_crypto *c, enum l2s_cipher_id id, bool encrypt, const uint8_t *key, size_t key_len,
                       uint8_t *iv, uint8_t *data, size_t len)
{
    if (encrypt && wrong_bit < 8 * len)
        data[wrong_bit / 8] ^= (uint8_t)(1u << wrong_bit % 8);
    if (encrypt)
        wrong_bit -= 8 * len; /* below zero: far away */
    return sane->cbc(c, id, encrypt, key, key_len, iv, data, len);
}

static void a_wrong_bit_under_the_encryption_ends_in_order(void **state)
{
    struct l2s_crypto_ops garbled;
    bool reached = true;
    struct rig r;

    (void)state;
    for (uint64_t i = 0; reached; i += EACH) {
        begin(&r);
        sane = r.crypto->ops;
        garbled = *sane;
        garbled.cbc = garbled_cbc;
        r.crypto->ops = &garbled;
        wrong_bit = i;
        dial(&r);
        rig_run(&r, 100 * L2S_MS);
        reached = wrong_bit > UINT64_MAX / 2;
        rig_run(&r, 100 * L2S_SECOND);
        assert_true(r.end[0].n || r.end[0].failed || r.end[0].channels_down);
        assert_int_equal(r.end[1].channels_up - r.end[1].channels_down, r.end[1].n ? 1 : 0);
        r.crypto->ops = sane;
        rig_fini(&r);
    }
}

/* ---- the right message at the wrong time ----------------------------------------------------------------------- */

struct stray {
    const struct tape *from; /* another connect */
    unsigned at, which, seen;
    bool busy;
    uint8_t cookies[2 * L2S_COOKIE];
};

static bool go_astray(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct stray *s = arg;

    if (s->busy)
        return true;
    memcpy(s->cookies, pkt->p, sizeof s->cookies);
    if (s->seen++ != s->at)
        return true;
    struct rig_packet m = s->from->m[s->which];
    memcpy(m.p, s->cookies, s->which ? sizeof s->cookies : L2S_COOKIE);
    s->busy = true;
    for (unsigned from = 0; from < 2; from++)
        rig_send(r, from, &r->end[from].at, &r->end[!from].at, false, m.p, m.n);
    s->busy = false;
    return true;
}

/* Is this, in clear text, what somebody waits for while message at is on its way? Then a forgery is as good, and messages 3 and
 * 4 look the same. */
static bool is_due(unsigned which, unsigned at)
{
    return (which == 1 && at <= 1) || (which >= 2 && which < FIRST_SEALED && at >= 1 && at < FIRST_SEALED);
}

static void messages_at_the_wrong_time_change_nothing(void **state)
{
    static struct tape tape;
    struct rig r;

    (void)state;
    begin(&r);
    r.sys.seed = 77;
    record_up(&r, &tape);
    rig_fini(&r);
    for (unsigned at = 0; at < MESSAGES; at++) {
        for (unsigned which = 0; which < MESSAGES; which++) {
            struct stray s = {.from = &tape, .at = at, .which = which};
            if (is_due(which, at))
                continue;
            begin(&r);
            r.tap = go_astray;
            r.tap_arg = &s;
            dial(&r);
            rig_run(&r, 100 * L2S_MS);
            if (!r.end[0].n || !r.end[1].n)
                fail_msg("message %u ahead of message %u: it did not come up", which + 1, at + 1);
            rig_assert_up(&r);
            rig_fini(&r);
        }
    }
}

static void replay(struct rig *r, const struct tape *t, unsigned i)
{
    const struct rig_packet *m = &t->m[i];

    rig_inject(r, !m->from, &m->src, &m->dst, m->marker, m->p, m->n);
    rig_inject(r, m->from, &m->dst, &m->src, m->marker, m->p, m->n); /* and reflected */
}

static void a_finished_exchange_is_not_played_again(void **state)
{
    static struct tape tape;
    struct rig r;

    (void)state;
    begin(&r);
    r.end[0].cfg.dpd_s = r.end[1].cfg.dpd_s = 0;
    record_up(&r, &tape);
    for (unsigned wait = 0; wait < 4; wait++) {
        uint64_t sent = r.sent;
        for (unsigned i = 0; i < 10 * MESSAGES; i++) {
            replay(&r, &tape, i % MESSAGES);
            rig_run(&r, 5 * L2S_MS);
        }
        rig_assert_up(&r); /* above all: message 5's INITIAL-CONTACT does not count again */
        assert_in_range(r.sent - sent, 0, 10 * MESSAGES); /* for two copies each */
        rig_run(&r, 100 * L2S_SECOND);
        rig_assert_up(&r);
    }
    l2s_ike_close(r.end[0].e, r.end[0].channel);
    r.end[0].n = 0;
    rig_run(&r, L2S_SECOND);
    assert_int_equal(r.end[1].channels_down, 1);
    for (unsigned i = 0; i < MESSAGES; i++)
        replay(&r, &tape, i);
    rig_run(&r, 40 * L2S_SECOND);
    assert_int_equal(r.end[1].channels_up, 1);
    assert_int_equal(r.end[1].n, 0);
    assert_int_equal(r.sys.sys.timers.n, 0);
    rig_fini(&r);
}

/* ---- strangers ------------------------------------------------------------------------------------------------- */

static uint32_t draw(struct rig *r)
{
    uint32_t v;

    assert_int_equal(l2s_random(&r->sys.sys, &v, sizeof v), 0);
    return v;
}

/* Bytes that look like ISAKMP more often than not; cookies, when there are some, are those of a live SA. */
static size_t rubbish(struct rig *r, const uint8_t *cookies, uint8_t *p)
{
    static const uint8_t exchanges[] = {L2S_EXCHANGE_MAIN,  L2S_EXCHANGE_AGGRESSIVE,  L2S_EXCHANGE_INFO,
                                        L2S_EXCHANGE_QUICK, L2S_EXCHANGE_TRANSACTION, L2S_EXCHANGE_NEW_GROUP};
    uint32_t how = draw(r);
    size_t n = how % 200;

    assert_int_equal(l2s_random(&r->sys.sys, p, n), 0);
    if (how >> 28 == 0 || n < L2S_ISAKMP_HEADER + 8)
        return n;
    if (cookies)
        memcpy(p, cookies, (size_t)2 * L2S_COOKIE);
    if (!(how & 0x100))
        memset(p + L2S_COOKIE, 0, L2S_COOKIE);
    p[16] %= 22;
    p[17] = L2S_ISAKMP_VERSION;
    p[18] = exchanges[how >> 9 & 1 ? p[18] % L2S_COUNT_OF(exchanges) : p[18] % 4];
    p[19] &= 7;
    if (p[18] <= L2S_EXCHANGE_AGGRESSIVE)
        memset(p + 20, 0, 4);
    l2s_put32(p + 24, (uint32_t)n);
    for (size_t at = L2S_ISAKMP_HEADER; at + 8 < n;) { /* payloads, each of a length that may fit */
        size_t len = 4 + p[at] % 40;
        p[at] = at + len + 8 < n ? p[at + 1] % 22 : 0;
        l2s_put16(p + at + 2, (uint16_t)(how >> 10 & 1 && !p[at] ? n - at : len));
        at += len;
    }
    return n;
}

static void throw_rubbish(struct rig *r, unsigned count, const uint8_t *cookies)
{
    uint8_t p[256];

    for (unsigned i = 0; i < count; i++) {
        size_t n = rubbish(r, cookies, p);
        unsigned to = i & 1;
        l2tpsec_addr from = i & 2 ? r->end[!to].at : rig_addr((uint8_t)draw(r), (uint16_t)draw(r));
        rig_inject(r, to, &from, &r->end[to].at, i & 4, p, n);
    }
}

static void random_datagrams_disturb_no_connect_and_no_connection(void **state)
{
    static struct tape tape;
    struct rig r;

    (void)state;
    begin(&r);
    dial(&r);
    for (unsigned i = 0; i < 10; i++) { /* from somebody who does not see the cookies */
        throw_rubbish(&r, 5000, NULL);
        rig_run(&r, r.delay);
    }
    rig_assert_up(&r);
    rig_fini(&r);

    begin(&r);
    record_up(&r, &tape);
    for (unsigned i = 0; i < 10; i++) { /* from somebody who does */
        throw_rubbish(&r, 5000, tape.m[MESSAGES - 1].p);
        rig_run(&r, 10 * L2S_SECOND);
    }
    rig_assert_up(&r);
    static const uint32_t reasons[] = {L2TPSEC_DROP_SHORT,      L2TPSEC_DROP_MALFORMED,
                                       L2TPSEC_DROP_VERSION,    L2TPSEC_DROP_UNKNOWN_COOKIE,
                                       L2TPSEC_DROP_UNEXPECTED, L2TPSEC_DROP_UNKNOWN_PROTOCOL};
    for (size_t i = 0; i < 2 * L2S_COUNT_OF(reasons); i++) /* they got into all corners */
        assert_int_not_equal(l2s_ike_stats(r.end[i % 2].e)->drops[reasons[i / 2]], 0);
    assert_true(r.end[0].emits + r.end[1].emits < 1000);
    assert_true(r.end[1].failed < 200); /* reports, sixteen and then one a second */
    rig_fini(&r);
}

/* What came out of end 1, none of which arrives. */
struct answers {
    unsigned n, longest;
    uint8_t first[RIG_BYTES]; /* message 1 of an honest client */
    size_t len;
    uint8_t cookies[2 * L2S_COOKIE]; /* of the last one */
    bool open;
};

static bool watch(struct rig *r, struct rig_packet *pkt, void *arg)
{
    struct answers *a = arg;
    bool honest = pkt->from == 0 || memcmp(pkt->dst.ip, r->end[0].at.ip, 4) == 0;

    if (pkt->from == 0 && !a->len) {
        a->len = pkt->n;
        memcpy(a->first, pkt->p, pkt->n);
    }
    if (!honest) {
        a->n++;
        a->longest = pkt->n > a->longest ? (unsigned)pkt->n : a->longest;
        memcpy(a->cookies, pkt->p, sizeof a->cookies);
    }
    return honest && a->open;
}

/* Learn what message 1 looks like; nothing passes until open is set. */
static void learn(struct rig *r, struct answers *a)
{
    memset(a, 0, sizeof *a);
    r->tap = watch;
    r->tap_arg = a;
    dial(r);
    l2s_ike_abandon(r->end[0].e, &rig_owner);
    assert_int_not_equal(a->len, 0);
}

/* Message 1 again, with a cookie of its own, from this address. */
static void knock(struct rig *r, struct answers *a, uint32_t ip, uint64_t cookie)
{
    l2tpsec_addr from = rig_addr(0, 500);

    l2s_put32(from.ip, ip);
    l2s_put32(a->first, (uint32_t)(cookie >> 32) | 1);
    l2s_put32(a->first + 4, (uint32_t)cookie);
    rig_inject(r, 1, &from, &r->end[1].at, false, a->first, a->len);
}

/* Messages 1 and 3 from there: whoever is there reads our answers, but knows no key. */
static void enter(struct rig *r, struct answers *a, const struct tape *t, uint32_t ip, uint64_t cookie)
{
    struct rig_packet third = t->m[2];
    l2tpsec_addr from = rig_addr(0, 500);

    knock(r, a, ip, cookie);
    l2s_put32(from.ip, ip);
    memcpy(third.p, a->cookies, sizeof a->cookies);
    rig_inject(r, 1, &from, &r->end[1].at, false, third.p, third.n);
}

static void flood(struct rig *r, struct answers *a, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint64_t cookie = (uint64_t)draw(r) << 32;
        cookie |= draw(r);
        knock(r, a, 0x0a000000u | draw(r) >> 8, cookie);
    }
}

static void a_flood_of_first_messages_leaves_nothing_and_an_honest_client_gets_through(void **state)
{
    static struct answers a;
    struct rig r;

    (void)state;
    begin(&r);
    const struct l2s_ike_stats *s = l2s_ike_stats(r.end[1].e);
    learn(&r, &a);
    flood(&r, &a, 1);
    size_t held = r.sys.sys.mem.held;
    flood(&r, &a, 89999);
    assert_int_equal(s->half_open, 0);
    assert_int_equal(r.sys.sys.mem.held, held);
    a.open = true;
    dial(&r);
    for (unsigned i = 0; i < 10; i++) { /* 40 000 a second, and it goes on */
        flood(&r, &a, 400);
        rig_run(&r, 10 * L2S_MS);
    }
    rig_assert_up(&r);
    flood(&r, &a, 6000);
    assert_int_equal(a.n, 100000);
    assert_true(a.longest <= a.len); /* nobody gains by sending through us */
    assert_int_equal(r.end[1].asked_times, 1);
    assert_int_equal(r.end[1].failed, 0);
    assert_int_equal(s->half_open, 0);
    rig_assert_up(&r);
    rig_fini(&r);
}

/* Offers that all differ are kept for a while, but not all, and those that were good for something stay. */
static void a_flood_of_offers_that_differ_is_bounded_and_forgotten(void **state)
{
    static const uint8_t life_is[] = {0x80, 12}; /* a life duration of two bytes */
    static struct answers a;
    struct rig r;

    (void)state;
    begin(&r);
    learn(&r, &a);
    a.open = true;
    uint8_t *life = a.first + L2S_ISAKMP_HEADER;
    while (memcmp(life, life_is, sizeof life_is) != 0)
        life++;
    life += sizeof life_is;
    dial(&r);
    rig_run(&r, L2S_SECOND);
    rig_assert_up(&r);
    l2s_ike_close(r.end[0].e, r.end[0].channel);
    r.end[0].n = 0;
    rig_run(&r, 10 * L2S_SECOND);
    size_t held = r.sys.sys.mem.held;
    dial(&r);
    for (uint32_t i = 0; i < 5000; i++) {
        l2s_put16(life, (uint16_t)(28800 + i));
        flood(&r, &a, 1);
        if (i % 50 == 0)
            rig_run(&r, L2S_MS);
    }
    assert_int_equal(a.n, 5000);
    assert_in_range(r.sys.sys.mem.held - held, 1, L2S_OFFERS_BYTES + L2S_OFFERS_MAX * 200);
    rig_run(&r, L2S_SECOND);
    rig_assert_joined(&r);
    assert_int_equal(r.end[0].n, 1);
    l2s_ike_close(r.end[0].e, r.end[0].channel);
    r.end[0].n = 0;
    rig_run(&r, 10 * L2S_SECOND + L2S_COOKIE_EPOCHS * L2S_COOKIE_EPOCH);
    assert_in_range(r.sys.sys.mem.held, 0, held + L2S_OFFERS_MAX * 3 * sizeof(void *)); /* tables keep their size */
    rig_fini(&r);
}

static void half_open_exchanges_are_bounded_by_number_and_by_source_and_expire(void **state)
{
    static struct answers a;
    static struct tape t;
    struct rig r;

    (void)state;
    begin_with_tape(&r, &t);
    r.end[1].cfg.half_open_max = 100;
    const struct l2s_ike_stats *s = l2s_ike_stats(r.end[1].e);
    learn(&r, &a);
    rig_dh_calls = 0;
    for (unsigned i = 0; i < 200; i++) { /* who is there already keeps its place, and costs no more */
        enter(&r, &a, &t, 77, i);
        assert_int_equal(s->half_open, i < L2S_HALF_OPEN_PER_SOURCE ? i + 1 : L2S_HALF_OPEN_PER_SOURCE);
        assert_int_equal(rig_dh_calls, s->half_open);
    }
    assert_int_equal(s->drops[L2TPSEC_DROP_LIMIT], 200 - L2S_HALF_OPEN_PER_SOURCE);
    for (unsigned i = 0; i < 200; i++)
        enter(&r, &a, &t, 1000 + i, i);
    assert_int_equal(s->half_open, 100);
    rig_run(&r, L2S_HALF_OPEN_LIFE - L2S_MS);
    assert_int_equal(s->half_open, 100);
    rig_run(&r, L2S_MS);
    assert_int_equal(s->half_open, 0);
    r.end[1].cfg.half_open_max = 1000; /* an office behind one address, all at once */
    for (unsigned i = 0; i < 300; i++)
        enter(&r, &a, &t, 78, i);
    assert_int_equal(s->half_open, 1000 / L2S_HALF_OPEN_SHARE);
    rig_fini(&r);
}

static void addresses_of_one_ipv6_prefix_are_one_source(void **state)
{
    l2tpsec_addr from = {.family = 6, .port = 500, .ip = {0x20, 1, 0x0d, 0xb8}};
    static struct answers a;
    static struct tape t;
    struct rig r;

    (void)state;
    begin_with_tape(&r, &t);
    r.end[1].cfg.half_open_max = 100;
    const struct l2s_ike_stats *s = l2s_ike_stats(r.end[1].e);
    learn(&r, &a);
    for (unsigned i = 0; i < 120; i++) { /* whoever has one of them may have them all */
        struct rig_packet third = t.m[2];
        from.ip[7] = i < 100 ? 1 : 2;
        from.ip[15] = (uint8_t)i;
        l2s_put32(a.first + 4, i + 1);
        rig_inject(&r, 1, &from, &r.end[1].at, false, a.first, a.len);
        memcpy(third.p, a.cookies, sizeof a.cookies);
        rig_inject(&r, 1, &from, &r.end[1].at, false, third.p, third.n);
    }
    assert_int_equal(a.n - 120, s->half_open); /* each has its message 2, and who was let in its message 4 */
    assert_int_equal(s->half_open, L2S_HALF_OPEN_PER_SOURCE + 20);
    rig_fini(&r);
}

static void the_oldest_half_open_exchange_goes_first(void **state)
{
    static struct answers a;
    static struct tape t;
    struct rig r;

    (void)state;
    begin_with_tape(&r, &t);
    r.end[1].cfg.half_open_max = 2;
    const struct l2s_ike_stats *s = l2s_ike_stats(r.end[1].e);
    learn(&r, &a);
    for (unsigned i = 1; i <= 3; i++)
        enter(&r, &a, &t, i, i);
    assert_int_equal(s->half_open, 2);
    assert_int_equal(s->drops[L2TPSEC_DROP_DUPLICATE], 0);
    knock(&r, &a, 3, 3); /* the two newest are known */
    knock(&r, &a, 2, 2);
    assert_int_equal(s->drops[L2TPSEC_DROP_DUPLICATE], 2);
    knock(&r, &a, 1, 1); /* the first is not */
    assert_int_equal(s->drops[L2TPSEC_DROP_DUPLICATE], 2);
    assert_int_equal(s->half_open, 2);
    rig_fini(&r);
}

/* A cookie is good for its time, where it was given and to whom. */
static void our_cookie_serves_whom_it_was_given_to_and_not_for_long(void **state)
{
    static const uint64_t waits[] = {0, (L2S_COOKIE_EPOCHS - 1) * L2S_COOKIE_EPOCH - L2S_MS,
                                     L2S_COOKIE_EPOCHS * L2S_COOKIE_EPOCH};
    static struct answers a;
    static struct tape t;
    struct rig r;

    (void)state;
    begin_with_tape(&r, &t);
    learn(&r, &a);
    l2tpsec_addr there = rig_addr(0, 500), elsewhere = rig_addr(0, 500), port = rig_addr(0, 501);
    l2tpsec_addr other = r.end[1].at, other_port = r.end[1].at; /* of ours */
    other.ip[3]++;
    other_port.port++;
    l2s_put32(there.ip, 5);
    l2s_put32(port.ip, 5);
    l2s_put32(elsewhere.ip, 6);
    for (unsigned i = 0; i < L2S_COUNT_OF(waits); i++) {
        struct rig_packet m = t.m[2];
        knock(&r, &a, 5, i + 1);
        rig_run(&r, waits[i]);
        memcpy(m.p, a.cookies, sizeof a.cookies);
        rig_inject(&r, 1, &elsewhere, &r.end[1].at, false, m.p, m.n);
        rig_inject(&r, 1, &port, &r.end[1].at, false, m.p, m.n);
        rig_inject(&r, 1, &there, &r.end[1].at, true, m.p, m.n);
        rig_inject(&r, 1, &there, &other, false, m.p, m.n);
        rig_inject(&r, 1, &there, &other_port, false, m.p, m.n);
        for (size_t bit = 0; bit < 8 * sizeof a.cookies; bit++) {
            m.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
            rig_inject(&r, 1, &there, &r.end[1].at, false, m.p, m.n);
            m.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        assert_int_equal(rig_dh_calls, i);
        rig_inject(&r, 1, &there, &r.end[1].at, false, m.p, m.n);
        assert_int_equal(rig_dh_calls, i + (waits[i] < L2S_COOKIE_EPOCHS * L2S_COOKIE_EPOCH));
    }
    rig_fini(&r);
}

static void our_cookies_differ_in_every_byte(void **state)
{
    static struct answers a;
    uint8_t differ[L2S_COOKIE] = {0}, first[L2S_COOKIE];
    struct rig r;

    (void)state;
    begin(&r);
    learn(&r, &a);
    for (uint32_t i = 0; i < 32; i++) {
        knock(&r, &a, 5, i + 1);
        if (i == 0)
            memcpy(first, a.cookies + L2S_COOKIE, L2S_COOKIE);
        for (unsigned k = 0; k < L2S_COOKIE; k++)
            differ[k] |= a.cookies[L2S_COOKIE + k] ^ first[k];
    }
    for (unsigned k = 0; k < L2S_COOKIE; k++)
        assert_true(differ[k] & (differ[k] - 1)); /* in more than one bit */
    rig_fini(&r);
}

static int only_zeros(void *user, void *buf, size_t n)
{
    (void)user;
    memset(buf, 0, n);
    return 0;
}

static void a_source_of_zeros_makes_no_cookie(void **state)
{
    uint8_t cookie[L2S_COOKIE];
    struct rig r;

    (void)state;
    begin(&r);
    r.sys.sys.random = only_zeros;
    assert_int_equal(l2s_v1_random_cookie(r.end[0].e, cookie), L2TPSEC_ERANDOM);
    assert_int_equal(l2s_v1_random_rcookie(r.end[1].e, &r.end[1].at, cookie), L2TPSEC_ERANDOM);
    rig_fini(&r);
}

/* racoon repeats a message once in ten seconds, and message 3 may be lost twice; whenever the time began that our cookie is good for. */
static void our_cookie_outlives_a_slow_clients_repetitions(void **state)
{
    static const uint64_t begun[] = {0, 5 * L2S_SECOND, 10 * L2S_SECOND, 15 * L2S_SECOND - L2S_MS};
    static struct answers a;
    static struct tape t;
    struct rig r;

    (void)state;
    begin_with_tape(&r, &t);
    learn(&r, &a);
    l2tpsec_addr there = rig_addr(0, 500);
    l2s_put32(there.ip, 5);
    for (unsigned i = 0; i < L2S_COUNT_OF(begun); i++) {
        struct rig_packet m = t.m[2];
        rig_run(&r, 15 * L2S_SECOND - r.sys.sys.now % (15 * L2S_SECOND) + begun[i]);
        knock(&r, &a, 5, i + 1);
        rig_run(&r, 20 * L2S_SECOND);
        memcpy(m.p, a.cookies, sizeof a.cookies);
        rig_inject(&r, 1, &there, &r.end[1].at, false, m.p, m.n);
        assert_int_equal(rig_dh_calls, i + 1);
    }
    rig_fini(&r);
}

/* Who is between message 2 and 3 when the server gets other settings is met half way: what was agreed holds if it would be agreed now. */
static void our_cookie_outlives_other_settings_but_no_other_proposals(void **state)
{
    static struct answers a;
    static struct tape t;
    struct rig r;

    (void)state;
    begin_with_tape(&r, &t);
    learn(&r, &a);
    l2tpsec_addr there = rig_addr(0, 500);
    l2s_put32(there.ip, 5);
    for (unsigned i = 0; i < 4; i++) {
        struct rig_packet m = t.m[2];
        struct l2s_ike_config next = r.end[1].cfg;
        knock(&r, &a, 5, i + 1);
        next.esp_lifetime_s++;
        next.untold |= i == 2 ? L2S_VID_DPD : 0;
        if (i == 3)
            next.ike.p[next.ike.n++] = next.ike.p[0];
        if (i == 1)
            l2s_ike_listen(r.end[1].e, NULL);
        r.end[1].cfg = next;
        rig_listen(&r);
        memcpy(m.p, a.cookies, sizeof a.cookies);
        rig_inject(&r, 1, &there, &r.end[1].at, false, m.p, m.n);
        assert_int_equal(rig_dh_calls, i < 2 ? i + 1 : 2);
    }
    rig_fini(&r);
}

static void a_stranger_costs_no_diffie_hellman_before_message_3(void **state)
{
    static struct answers a;
    struct rig r;

    (void)state;
    begin(&r);
    learn(&r, &a);
    flood(&r, &a, 1000);
    a.first[L2S_COOKIE] = 1; /* and a message 3 that does not bring our cookie back */
    flood(&r, &a, 1);
    assert_int_equal(a.n, 1000);
    assert_int_equal(r.end[1].asked_times, 0);
    assert_int_equal(rig_dh_calls, 0);
    a.open = true;
    dial(&r);
    rig_run(&r, 2 * r.delay); /* message 2 is here: only the client has begun */
    assert_int_equal(rig_dh_calls, 1);
    rig_run(&r, r.delay); /* message 3 brings the cookie back */
    assert_int_equal(rig_dh_calls, 2);
    rig_run(&r, r.delay);
    assert_int_equal(rig_dh_calls, 3);
    rig_run(&r, r.delay); /* the server's part of the secret waited for message 5 */
    assert_int_equal(rig_dh_calls, 4);
    rig_run(&r, L2S_SECOND);
    rig_assert_up(&r);
    rig_fini(&r);
}

static void who_does_not_listen_says_nothing(void **state)
{
    static struct answers a;
    struct rig r;

    (void)state;
    begin(&r);
    l2s_ike_listen(r.end[1].e, NULL);
    learn(&r, &a);
    flood(&r, &a, 100);
    a.first[18] = L2S_EXCHANGE_AGGRESSIVE;
    flood(&r, &a, 100);
    assert_int_equal(a.n, 0);
    assert_int_equal(r.end[1].failed, 0);
    assert_int_equal(r.sys.sys.timers.n, 0);
    rig_fini(&r);
}

/* The answer says what the question said, or less: a question without vendor ids, too, gets no longer one. */
static void the_shortest_first_message_gets_no_longer_answer(void **state)
{
    static struct answers a;
    struct rig r;

    (void)state;
    begin(&r);
    learn(&r, &a);
    a.len = L2S_ISAKMP_HEADER + (size_t)(a.first[30] << 8 | a.first[31]);
    a.first[L2S_ISAKMP_HEADER] = L2S_PT_NONE;
    l2s_put32(a.first + 24, (uint32_t)a.len);
    flood(&r, &a, 100);
    assert_int_equal(a.n, 100);
    assert_true(a.longest <= a.len);
    rig_fini(&r);
}

/* Refusals in clear text are rationed: engine.h, l2s_v1_bucket; main_responder.c, refuse. */
static void a_flood_of_what_is_refused_is_answered_and_reported_sparingly(void **state)
{
    static struct answers a;
    struct rig r;

    (void)state;
    for (unsigned aggressive = 0; aggressive < 2; aggressive++) {
        begin(&r);
        const char *error;
        size_t len;
        assert_int_equal(l2s_ike_policy_parse("aes256-sha512-ecp521", &r.end[1].cfg.ike, &error, &len), L2TPSEC_OK);
        learn(&r, &a);
        a.first[18] = aggressive ? L2S_EXCHANGE_AGGRESSIVE : L2S_EXCHANGE_MAIN;
        flood(&r, &a, 10000);
        assert_int_equal(a.n, 32);
        assert_true(a.longest <= a.len);
        assert_int_equal(r.end[1].failed, 16);
        assert_int_equal(l2s_ike_stats(r.end[1].e)->half_open, 0);
        rig_run(&r, 10 * L2S_SECOND);
        flood(&r, &a, 10000);
        assert_int_equal(a.n, 42);
        assert_int_equal(r.end[1].failed, 26);
        rig_fini(&r);
    }
}

/* Somebody on the line sends proofs that do not fit ahead of the one that does: some of them are looked at. */
static void a_few_forged_proofs_do_not_keep_the_genuine_one_out(void **state)
{
    static struct tape tape;
    struct rig r;

    (void)state;
    begin(&r);
    record_up(&r, &tape);
    rig_fini(&r);
    begin(&r);
    dial(&r);
    rig_run(&r, 4 * r.delay + r.delay / 2); /* message 5 is on its way, the same as on the tape */
    for (unsigned i = 0; i < 7; i++) {
        struct rig_packet m = tape.m[4];
        m.p[L2S_ISAKMP_HEADER] ^= (uint8_t)(i + 1);
        rig_inject(&r, 1, &m.src, &m.dst, false, m.p, m.n);
    }
    assert_int_equal(r.end[1].failed, 1); /* reported once */
    rig_run(&r, L2S_SECOND);
    rig_assert_up(&r);
    rig_fini(&r);
}

/* ---- shortages ------------------------------------------------------------------------------------------------- */

/* Connect with the n-th allocation or random call failing once. False: there were not so many. It comes up all the same, or it
 * says once, with a cause, that it did not, and the next attempt does. */
static bool connects_short_of(uint64_t alloc, uint64_t chance)
{
    struct rig r;
    struct rig_end *e = &r.end[0];

    rig_init(&r);
    rig_listen(&r);
    r.sys.fail_alloc_at = alloc;
    r.sys.fail_random_at = chance;
    int rc = rig_connect(&r);
    rig_run(&r, 40 * L2S_SECOND);
    bool reached = r.sys.fail_alloc_at == 0 && r.sys.fail_random_at == 0;
    r.sys.fail_alloc_at = r.sys.fail_random_at = 0;
    if (rc != L2TPSEC_OK || e->failed || e->channels_down) {
        assert_true(reached);
        assert_int_equal((rc != L2TPSEC_OK) + e->failed + e->channels_down, 1);
        assert_true(rc == L2TPSEC_OK || rc == (alloc ? L2TPSEC_ENOMEM : L2TPSEC_ERANDOM));
        uint32_t cause = alloc ? L2TPSEC_CAUSE_NO_MEMORY : L2TPSEC_CAUSE_NO_RANDOM;
        /* of the server's shortage the client hears only that it hung up */
        assert_true(rc != L2TPSEC_OK || e->why.cause == cause || e->why.cause == L2TPSEC_CAUSE_CLOSED_BY_PEER);
        assert_int_equal(e->n, 0);
        dial(&r);
        rig_run(&r, 10 * L2S_SECOND);
    }
    rig_assert_joined(&r);
    assert_int_equal(e->n, 1);
    assert_int_equal(e->spis, 0);
    assert_int_equal(r.end[1].spis, 0);
    rig_fini(&r);
    return reached;
}

static void any_allocation_may_fail_once(void **state)
{
    uint64_t n = 1;

    (void)state;
    while (connects_short_of(n, 0))
        n += FEW ? 3 : 1;
    assert_true(n > 50);
}

static void any_random_call_may_fail_once(void **state)
{
    uint64_t n = 1;

    (void)state;
    while (connects_short_of(0, n))
        n++;
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_words_are_not_taken_for_the_peers),
        cmocka_unit_test(no_flipped_bit_behind_the_genuine_message_does_harm),
        cmocka_unit_test(no_flipped_bit_ahead_of_a_sealed_message_does_harm),
        cmocka_unit_test(flipped_bits_ahead_of_a_clear_message_spoil_the_attempt_at_most),
        cmocka_unit_test(no_truncated_message_does_harm),
        cmocka_unit_test(a_wrong_bit_under_the_encryption_ends_in_order),
        cmocka_unit_test(messages_at_the_wrong_time_change_nothing),
        cmocka_unit_test(a_finished_exchange_is_not_played_again),
        cmocka_unit_test(random_datagrams_disturb_no_connect_and_no_connection),
        cmocka_unit_test(a_flood_of_first_messages_leaves_nothing_and_an_honest_client_gets_through),
        cmocka_unit_test(a_flood_of_offers_that_differ_is_bounded_and_forgotten),
        cmocka_unit_test(half_open_exchanges_are_bounded_by_number_and_by_source_and_expire),
        cmocka_unit_test(addresses_of_one_ipv6_prefix_are_one_source),
        cmocka_unit_test(the_oldest_half_open_exchange_goes_first),
        cmocka_unit_test(our_cookie_serves_whom_it_was_given_to_and_not_for_long),
        cmocka_unit_test(our_cookies_differ_in_every_byte),
        cmocka_unit_test(a_source_of_zeros_makes_no_cookie),
        cmocka_unit_test(our_cookie_outlives_a_slow_clients_repetitions),
        cmocka_unit_test(our_cookie_outlives_other_settings_but_no_other_proposals),
        cmocka_unit_test(a_stranger_costs_no_diffie_hellman_before_message_3),
        cmocka_unit_test(who_does_not_listen_says_nothing),
        cmocka_unit_test(the_shortest_first_message_gets_no_longer_answer),
        cmocka_unit_test(a_flood_of_what_is_refused_is_answered_and_reported_sparingly),
        cmocka_unit_test(a_few_forged_proofs_do_not_keep_the_genuine_one_out),
        cmocka_unit_test(any_allocation_may_fail_once),
        cmocka_unit_test(any_random_call_may_fail_once),
    };

    return cmocka_run_group_tests_name("IKEv1 under attack", tests, NULL, NULL);
}
