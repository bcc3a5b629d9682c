/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* Real datagrams, bent at random with a fixed seed, against an engine in every state. */
#include "rig.h"

#include <string.h>

#define XL2TPD "l2tp_xl2tpd.txt"
#define SAMPLES 64u
#define ROUNDS 4000u
#define HELD_MAX 65536u /* whatever one peer does on its channel */

static struct {
    uint8_t bytes[512];
    size_t n;
} samples[SAMPLES];
static unsigned n_samples;
static uint64_t seed;

static void collect(void *arg, const uint8_t *p, size_t n)
{
    (void)arg;
    assert_true(n_samples < SAMPLES && n <= sizeof samples[0].bytes);
    memcpy(samples[n_samples].bytes, p, n);
    samples[n_samples++].n = n;
}

static uint32_t pick(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 11) % below;
}

/* Change some bytes, cut, lengthen, or put a piece of another datagram in; mostly with a length that fits again, for
 * what is refused by the header alone tests little. */
static size_t bend(uint8_t *p, size_t n, size_t cap)
{
    static const uint8_t likely[] = {0, 1, 2, 0x7f, 0x80, 0xff, 0xc8, 6, 8};

    for (uint32_t k = pick(4); k > 0 && n > 0; k--) {
        uint8_t v = pick(2) ? (uint8_t)pick(256) : likely[pick(sizeof likely)];
        p[n > 12 && pick(4) ? 12 + pick((uint32_t)n - 12) : pick((uint32_t)n)] = v;
    }
    if (pick(8) == 0)
        n = pick((uint32_t)n + 1);
    if (pick(8) == 0) {
        unsigned other = pick(n_samples);
        size_t from = pick((uint32_t)samples[other].n), m = samples[other].n - from;
        if (n + m <= cap) {
            memcpy(p + n, samples[other].bytes + from, m);
            n += m;
        }
    }
    if (n >= 4 && pick(8))
        l2s_put16(p + 2, (uint16_t)n);
    return n;
}

static void make_ready(struct rig *r, unsigned state, struct rig_lac *l)
{
    struct l2s_l2tp_header h;
    struct l2s_l2tp_msg m;

    memset(l, 0, sizeof *l);
    rig_solo(r);
    memcpy(r->end[0].cfg.secret, "tunnel-pw", 9);
    switch (state) {
    case 0: /* nothing yet */
        r->end[0].cfg.secret_len = 9;
        break;
    case 1: /* SCCRQ sent */
        assert_int_equal(rig_dial(r), L2TPSEC_OK);
        rig_sent(r, 0, &h, &m);
        l->tunnel = m.tunnel_id;
        break;
    case 2:
        rig_lns_tunnel(r, l);
        break;
    case 3:
        rig_lns_up(r, l);
        break;
    case 4:
        rig_lac_tunnel(r, l);
        break;
    case 5:
        rig_lac_up(r, l);
        break;
    default: /* closing */
        rig_lac_up(r, l);
        l2s_l2tp_close(r->end[0].e, r->end[0].session, 3, "");
        break;
    }
}

/* Ids and numbers as a peer in this state would put them, most of the time. */
static void aim(uint8_t *p, size_t n, const struct rig_lac *l, uint16_t ns)
{
    bool control = p[0] & 0x80;
    size_t at = p[0] & 0x40 ? 4 : 2;

    if (n < at + (control ? 8u : 4u))
        return;
    if (pick(8) && (p[at] || p[at + 1]))
        l2s_put16(p + at, l->tunnel);
    if (pick(4))
        l2s_put16(p + at + 2, pick(4) ? l->session : 0);
    if (control && pick(16)) {
        l2s_put16(p + at + 4, (uint16_t)(ns + (pick(4) ? 0 : pick(4))));
        l2s_put16(p + at + 6, (uint16_t)(pick(4) ? l->nr : pick(8)));
    }
}

static void bent_datagrams_do_no_harm_in_any_state(void **state)
{
    (void)state;

    n_samples = 0;
    assert_true(rig_vectors(XL2TPD, collect, NULL) > 40);
    for (unsigned s = 0; s < 7; s++) {
        seed = 0x123456789abcdefu + s;
        for (unsigned round = 0; round < ROUNDS / 20; round++) {
            static struct rig r;
            struct rig_lac l;
            make_ready(&r, s, &l);
            uint16_t ns = l.ns;
            for (unsigned i = 0; i < 20; i++) {
                uint8_t bytes[2048];
                struct l2s_l2tp_rx rx;
                unsigned k = pick(n_samples);
                memcpy(bytes, samples[k].bytes, samples[k].n);
                aim(bytes, samples[k].n, &l, ns);
                size_t n = bend(bytes, samples[k].n, sizeof bytes);
                enum l2s_l2tp_kind kind = rig_input(&r, 0, RIG_CHANNEL, bytes, n, &rx);
                assert_true((kind == L2S_L2TP_DROP) == (rx.reason != 0));
                assert_true(rx.reason < L2TPSEC_DROP_COUNT);
                ns = (uint16_t)(ns + (kind == L2S_L2TP_CONTROL && n > 12));
                if (pick(4) == 0)
                    rig_run(&r, pick(2000) * L2S_MS);
                assert_true(r.f.sys.mem.held < HELD_MAX);
            }
            rig_run(&r, 200 * L2S_SECOND);
            l2s_l2tp_channel_down(r.end[0].e, RIG_CHANNEL);
            assert_int_equal(r.f.sys.timers.reserved, 0);
            rig_fini(&r);
        }
    }
}

static void a_flood_of_anything_holds_no_more_than_its_bounds(void **state)
{
    static struct rig r;
    struct rig_lac l;
    (void)state;

    seed = 4711;
    rig_solo(&r);
    rig_lac_up(&r, &l);
    uint16_t ns = l.ns;
    for (uint32_t i = 0; i < 20000; i++) { /* a peer that asks for everything and acknowledges nothing */
        struct l2s_l2tp_msg m;
        switch (pick(6)) {
        case 0:
            m = rig_sccrq((uint16_t)(1 + pick(0xffff)));
            (void)rig_say(&r, 0, 0, 0, 0, &m);
            break;
        case 1:
            m = rig_session(L2S_L2TP_ICRQ, (uint16_t)(1000 + i % 60000));
            (void)rig_say(&r, l.tunnel, 0, ns++, l.nr, &m);
            break;
        case 2:
            m = rig_session(L2S_L2TP_OCRQ, (uint16_t)(1000 + i % 60000));
            (void)rig_say(&r, l.tunnel, 0, ns++, l.nr, &m);
            break;
        case 3:
            m = rig_plain(L2S_L2TP_HELLO);
            (void)rig_say(&r, l.tunnel, 0, (uint16_t)(ns + 1 + pick(6)), l.nr, &m);
            break;
        case 4:
            (void)rig_zlb(&r, l.tunnel, ns, l.nr);
            break;
        default:
            m = rig_plain(L2S_L2TP_HELLO);
            (void)rig_say(&r, l.tunnel, 0, (uint16_t)(ns - 1 - pick(100)), l.nr, &m);
            break;
        }
        assert_true(r.f.sys.mem.held < HELD_MAX);
        if (i % 256 == 0)
            fake_rd_free();
    }
    assert_true(r.f.sys.timers.n < 64);
    assert_true(r.logged == RIG_LOG); /* it was answered, and answers went out: how many is the next test's */
    rig_fini(&r);
}

static void a_storm_gets_no_more_answers_than_it_has_messages(void **state)
{
    struct rig r;
    struct rig_lac l;
    (void)state;

    rig_solo(&r);
    rig_lac_up(&r, &l);
    assert_int_equal(rig_zlb(&r, l.tunnel, l.ns, l.nr), 0);
    rig_run(&r, L2S_SECOND);
    r.logged = 0;
    for (unsigned i = 0; i < 1000; i++) { /* ZLBs, duplicates, early ones: one answer in all */
        struct l2s_l2tp_msg m = rig_plain(L2S_L2TP_HELLO);
        (void)rig_zlb(&r, l.tunnel, l.ns, l.nr);
        (void)rig_say(&r, l.tunnel, 0, (uint16_t)(l.ns - 1), l.nr, &m);
        (void)rig_say(&r, l.tunnel, 0, (uint16_t)(l.ns + 2), l.nr, &m);
    }
    rig_run(&r, L2S_SECOND);
    assert_int_equal(r.logged, 1);
    rig_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bent_datagrams_do_no_harm_in_any_state),
        cmocka_unit_test(a_flood_of_anything_holds_no_more_than_its_bounds),
        cmocka_unit_test(a_storm_gets_no_more_answers_than_it_has_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
