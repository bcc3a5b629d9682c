/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
/* How pairs of SAs are renewed and end, while the IKE SA above them is renewed and ends (RFC 2408, 5.15; RFC 2407, 4.5): at no
 * instant is there no pair that both ends have. */
#include "unit/ike/v1_rig.h"

#include "base/errors.h"
#include "ike/common/sa.h"
#include "ike/v1/child.h"
#include "ike/v1/quick_mode.h"

#include <stdio.h>
#include <string.h>

#define QUICK 3 /* messages */
#define LIFE 3600
#define MARGIN (LIFE / 10)              /* renewed so long before, and up to half as much earlier (ike.h) */
#define RENEWED (LIFE - 3 * MARGIN / 2) /* seconds at the earliest */
#define HOUR (3600 * L2S_SECOND)

static uint64_t watch_for_one_more(struct rig *r)
{
    uint64_t from = r->sys.sys.now;
    unsigned had = r->end[0].children_up;

    while (r->end[0].children_up == had && r->sys.sys.now < from + 2 * HOUR)
        (void)rig_watch(r, 50 * L2S_MS);
    assert_int_equal(r->end[0].children_up, had + 1);
    return (r->sys.sys.now - from) / L2S_SECOND;
}

/* One channel that never went down, and nothing reserved. */

/* ---- renewal by time -------------------------------------------------------------------------------------------------- */

static void a_pair_is_renewed_before_its_time_and_the_new_one_is_up_before_the_old_one_goes(void **state)
{
    struct rig *r = *state;

    rig_up(r);
    for (unsigned round = 0; round < 8; round++) {
        uint64_t id[2] = {rig_newest(&r->end[0])->id, rig_newest(&r->end[1])->id};
        uint32_t spi = rig_newest(&r->end[0])->spi_in;
        assert_in_range(watch_for_one_more(r), RENEWED - 40, LIFE - MARGIN);
        (void)rig_watch(r, L2S_SECOND);
        rig_assert_joined(r);
        assert_true(rig_newest(&r->end[0])->initiator);
        assert_int_not_equal(rig_newest(&r->end[0])->spi_in, spi);
        assert_memory_not_equal(r->end[0].child[0].enc_in, r->end[0].child[1].enc_in, 16);
        for (unsigned i = 0; i < 2; i++) {
            assert_non_null(rig_find(&r->end[i], id[i]));
            assert_int_equal(r->end[i].n, 2);
        }
        (void)rig_watch(r, 7 * L2S_SECOND); /* what is still under way needs it */
        assert_non_null(rig_find(&r->end[1], id[1]));
        (void)rig_watch(r, 25 * L2S_SECOND);
        for (unsigned i = 0; i < 2; i++) {
            assert_null(rig_find(&r->end[i], id[i]));
            assert_int_equal(r->end[i].n, 1);
            assert_int_equal(r->end[i].children_up, round + 2);
            assert_int_equal(r->end[i].children_down, round + 1);
        }
    }
    rig_assert_quiet(r);
}

/* Whoever answered renews, too, but later: for peers that let their pairs end. */
static void if_who_began_does_not_renew_the_other_one_does(void **state)
{
    struct rig *r = *state;

    r->end[0].cfg.esp_lifetime_s = 7200;
    r->end[1].cfg.esp_lifetime_s = 600;
    r->end[0].cfg.esp_lifetime_kb = 8192;
    r->end[1].cfg.esp_lifetime_kb = 2048;
    rig_listen(r);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, 100 * L2S_MS);
    assert_int_equal(rig_common(r), 1);
    assert_int_equal(r->end[0].child[0].lifetime_s, 7200); /* it was told nothing else */
    assert_int_equal(r->end[1].child[0].lifetime_s, 600);
    assert_int_equal(r->end[0].child[0].lifetime_bytes, 8192 * 1024);
    assert_int_equal(r->end[1].child[0].lifetime_bytes, 2048 * 1024);
    assert_in_range(watch_for_one_more(r), 600 - 31, 600 - 29);
    assert_false(rig_newest(&r->end[0])->initiator);
    (void)rig_watch(r, 40 * L2S_SECOND);
    rig_assert_joined(r);
    assert_int_equal(r->end[0].child[0].lifetime_s, 600); /* what the other one offered */
    assert_int_equal(r->end[0].n, 1);
    assert_int_equal(r->end[1].n, 1);
}

/* ---- RESPONDER-LIFETIME ----------------------------------------------------------------------------------------------- */

static struct l2s_v1_quick *quick_of(const struct rig_end *e, uint32_t id)
{
    return l2s_v1_quick_find(l2s_v1_peer_sa(rig_peer(e)), id);
}

/* Message 2 as others make it: with a word on how long they keep the pair (RFC 2407, 4.6.3.1). */
static bool add_lifetime(struct rig *r, struct rig_packet *pkt, void *arg)
{
    static const char attrs[] = "\x80\x01\0\x01\x80\x02\x02\x58"      /* 600 seconds */
                                "\x80\x01\0\x02\0\x02\0\x04\0\0\x08"; /* 2048 kilobytes; ends in 0, too */
    unsigned *said = arg;
    struct l2s_payload payload;
    struct l2s_isakmp h;
    struct l2s_rd body;
    uint8_t iv[L2S_CIPHER_BLOCK_MAX], out[RIG_BYTES], spi[4] = {0};

    if (!rig_is_quick(pkt) || pkt->from != 1 || *said)
        return true;
    assert_int_equal(l2s_isakmp_read(l2s_rd_init(pkt->p, pkt->n), &h, &body), L2TPSEC_DROP_NONE);
    struct l2s_v1_quick *i = quick_of(&r->end[0], h.message_id);
    struct l2s_v1_quick *a = quick_of(&r->end[1], h.message_id);
    const struct l2s_v1_keys *k = &i->sa->keys;
    memcpy(iv, i->iv, sizeof iv);
    assert_int_equal(l2s_v1_open(k, r->crypto, iv, pkt->p + L2S_ISAKMP_HEADER, body.left), L2TPSEC_OK);

    struct l2s_wr w = l2s_wr_init(out, sizeof out);
    struct l2s_chain c = l2s_chain_begin(&w, &h);
    size_t hash_at = l2s_chain_put_room(&c, L2S_PT_HASH, k->hash_len);
    uint8_t next = h.first;
    body = l2s_rd_init(pkt->p + L2S_ISAKMP_HEADER, body.left);
    while (l2s_payload_next(&body, &next, &payload) == 1)
        if (payload.type != L2S_PT_HASH)
            l2s_chain_put(&c, payload.type, payload.body.p, payload.body.left);
    l2s_chain_put_notify(&c, L2S_PROTO_ESP, L2S_N_RESPONDER_LIFETIME, spi, sizeof spi, attrs, sizeof attrs);
    size_t from = hash_at + k->hash_len;
    struct l2s_bytes rest = {.p = out + from, .n = w.len - from}, ni = {.p = i->ni.p, .n = i->ni.n};
    assert_int_equal(l2s_v1_hash2(k, r->crypto, h.message_id, ni, rest, out + hash_at), L2TPSEC_OK);
    memcpy(iv, i->iv, sizeof iv);
    assert_int_equal(l2s_v1_seal(k, r->crypto, iv, &c), L2TPSEC_OK);
    memcpy(a->iv, iv, sizeof iv); /* message 3 goes on from it */
    memcpy(pkt->p, out, w.len);
    pkt->n = w.len;
    (*said)++;
    return true;
}

static void who_began_obeys_the_life_that_the_other_one_says(void **state)
{
    struct rig *r = *state;
    unsigned said = 0;

    r->end[1].cfg.esp_lifetime_s = 600;
    r->end[1].cfg.esp_lifetime_kb = 2048;
    r->tap = add_lifetime;
    r->tap_arg = &said;
    rig_up(r);
    assert_int_equal(said, 1);
    assert_int_equal(r->end[0].child[0].lifetime_s, 600);
    assert_int_equal(r->end[0].child[0].lifetime_bytes, 2048 * 1024);
    assert_int_equal(r->end[1].child[0].lifetime_bytes, 2048 * 1024);
    assert_in_range(watch_for_one_more(r), 600 - 91, 600 - 60);
    assert_true(rig_newest(&r->end[0])->initiator);
    (void)rig_watch(r, L2S_SECOND);
    assert_false(rig_newest(&r->end[1])->unconfirmed);
    rig_run(r, 100 * L2S_SECOND);
    rig_assert_quiet(r);
}

/* RFC 2407, 4.6.3.1 says an ISAKMP attribute list; for an ISAKMP SA some write phase 1's numbers into it. */
static void a_life_may_be_said_by_the_numbers_of_either_phase(void **state)
{
    static const uint8_t lives[][16] = {
        {0x80, 0x01, 0, 1, 0x80, 0x02, 0x02, 0x58, 0x80, 0x01, 0, 2, 0x80, 0x02, 0x10, 0},
        {0x80, 0x0b, 0, 1, 0x80, 0x0c, 0x02, 0x58, 0x80, 0x0b, 0, 2, 0x80, 0x0c, 0x10, 0}};

    (void)state;
    for (size_t i = 0; i < L2S_COUNT_OF(lives); i++) {
        uint32_t s = 28800, kb = 0;
        l2s_v1_shorten(l2s_rd_init(lives[i], sizeof lives[i]), &s, &kb);
        assert_int_equal(s, 600);
        assert_int_equal(kb, 4096);
    }
}

/* ---- renewal by volume ------------------------------------------------------------------------------------------------ */

static void a_pair_whose_bytes_run_out_is_renewed_once(void **state)
{
    struct rig *r = *state;

    rig_up(r);
    rig_run(r, L2S_SECOND);
    for (unsigned i = 0; i < 6; i++) { /* by either side */
        struct rig_end *e = &r->end[i % 2];
        uint64_t old = rig_newest(e)->id, sent = r->sent;
        for (unsigned k = 0; k < 3; k++) {
            l2s_ike_rekey(e->e, e->channel, old);
            (void)rig_watch(r, L2S_MS);
        }
        (void)rig_watch(r, L2S_SECOND);
        assert_int_equal(r->sent - sent, QUICK);
        rig_assert_joined(r);
        assert_true(rig_newest(e)->initiator);
        assert_int_not_equal(rig_newest(e)->id, old);
        l2s_ike_rekey(e->e, e->channel, old); /* it has a successor */
        l2s_ike_rekey(e->e, e->channel + 1000, old);
        (void)rig_watch(r, L2S_SECOND);
        assert_int_equal(r->sent - sent, QUICK);
        (void)rig_watch(r, 40 * L2S_SECOND);
        assert_int_equal(r->end[0].n, 1);
        assert_int_equal(r->end[1].n, 1);
    }
    rig_assert_quiet(r);
}

/* Windows counts 250000 kilobytes by a policy of its own, whoever renews. */
static void a_renewal_keeps_the_kilobytes_that_the_peer_offered(void **state)
{
    struct rig *r = *state;

    r->end[0].cfg.esp_lifetime_kb = 8192;
    rig_up(r);
    for (unsigned i = 0; i < 3; i++) {
        l2s_ike_rekey(r->end[1].e, r->end[1].channel, rig_newest(&r->end[1])->id);
        (void)rig_watch(r, 40 * L2S_SECOND);
        rig_assert_joined(r);
        assert_true(rig_newest(&r->end[1])->initiator);
        assert_int_equal(rig_newest(&r->end[0])->lifetime_bytes, 8192 * 1024);
        assert_int_equal(rig_newest(&r->end[1])->lifetime_bytes, 8192 * 1024);
    }
    r->end[1].cfg.esp_lifetime_kb = 4096;
    l2s_ike_rekey(r->end[1].e, r->end[1].channel, rig_newest(&r->end[1])->id);
    (void)rig_watch(r, L2S_SECOND);
    assert_int_equal(rig_newest(&r->end[0])->lifetime_bytes, 4096 * 1024);
    rig_assert_quiet(r);
}

/* ---- collisions ------------------------------------------------------------------------------------------------------- */

/* Both begin before they have heard of the other one's: two new pairs, either of them good. */
static void both_may_renew_at_the_same_instant(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned apart = 0; apart < 3; apart++) { /* at once, while it is on its way, when it has been answered */
        rig_begin(&r);
        rig_up(&r);
        rig_run(&r, L2S_SECOND);
        for (unsigned round = 0; round < 20; round++) {
            uint64_t a = rig_newest(&r.end[0])->id, b = rig_newest(&r.end[1])->id;
            l2s_ike_rekey(r.end[0].e, r.end[0].channel, a);
            (void)rig_watch(&r, apart * r.delay * 2 / 3);
            l2s_ike_rekey(r.end[1].e, r.end[1].channel, b);
            assert_in_range(rig_watch(&r, 60 * L2S_SECOND), 2, 4);
            assert_int_equal(rig_common(&r), r.end[0].n);
            assert_int_equal(rig_common(&r), r.end[1].n);
            assert_in_range(rig_common(&r), 1, 2);
        }
        unsigned had = r.end[0].children_up; /* and left alone there is one again, and one successor to each */
        assert_in_range(rig_watch(&r, 24 * HOUR), 1, 4);
        assert_in_range(r.end[0].children_up - had, 24, 24 * 3600 / RENEWED);
        (void)rig_watch(&r, 60 * L2S_SECOND);
        assert_int_equal(rig_common(&r), 1);
        rig_assert_quiet(&r);
        rig_fini(&r);
    }
}

/* ---- phase 1 under it ------------------------------------------------------------------------------------------------- */

static void renewing_phase_1_does_not_touch_the_pairs(void **state)
{
    struct rig *r = *state;

    r->end[0].cfg.ike_lifetime_s = r->end[1].cfg.ike_lifetime_s = 300;
    rig_up(r);
    assert_int_equal(rig_watch(r, 2700 * L2S_SECOND), 1); /* and one more, before the pair is due */
    unsigned logs = r->end[0].keylogs;
    assert_true(logs >= 9);
    while (r->end[0].keylogs == logs)
        (void)rig_watch(r, L2S_SECOND);
    (void)rig_watch(r, 8 * L2S_SECOND);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(r->end[i].children_up, 1);
        assert_int_equal(l2s_ike_stats(r->end[i].e)->established, 1);
    }
    (void)watch_for_one_more(r); /* under the newest */
    (void)rig_watch(r, L2S_SECOND);
    rig_assert_joined(r);
    rig_assert_quiet(r);
}

static void a_pair_outlives_its_ike_sa_and_is_renewed_under_a_new_one(void **state)
{
    struct rig *r = *state;
    unsigned logs;

    r->end[0].cfg.ike_lifetime_s = r->end[1].cfg.ike_lifetime_s = 300;
    rig_up(r);
    r->cut = true;
    for (unsigned i = 0; i < 400; i++) { /* only ESP passes */
        for (unsigned j = 0; j < 2; j++)
            l2s_ike_traffic(r->end[j].e, r->end[j].channel, true);
        (void)rig_watch(r, L2S_SECOND);
    }
    r->cut = false;
    for (unsigned j = 0; j < 2; j++)
        assert_int_equal(l2s_ike_stats(r->end[j].e)->established, 0);
    logs = r->end[0].keylogs;
    assert_in_range(watch_for_one_more(r), RENEWED - 401, LIFE - MARGIN);
    assert_int_equal(r->end[0].keylogs, logs + 1);
    (void)rig_watch(r, 40 * L2S_SECOND);
    rig_assert_joined(r);
    for (unsigned j = 0; j < 2; j++) {
        assert_int_equal(r->end[j].n, 1);
        assert_int_equal(l2s_ike_stats(r->end[j].e)->established, 1);
    }
    rig_assert_quiet(r);
}

/* ---- what goes wrong on the way --------------------------------------------------------------------------------------- */

static void who_renews_without_end_is_kept_within_bounds(void **state)
{
    struct rig *r = *state;

    rig_up(r);
    for (unsigned i = 0; i < 200; i++) {
        struct rig_end *e = &r->end[i / 7 % 2];
        l2s_ike_rekey(e->e, e->channel, rig_newest(e)->id);
        assert_in_range(rig_watch(r, 100 * L2S_MS), 1, L2S_V1_CHILDREN_MAX + 1);
    }
    assert_int_equal(r->end[0].children_up, 201);
    assert_int_equal(r->end[1].children_up, 201);
    (void)rig_watch(r, 40 * L2S_SECOND);
    rig_assert_joined(r);
    assert_int_equal(r->end[0].n, 1);
    assert_int_equal(r->end[1].n, 1);
    rig_assert_quiet(r);
}

static bool no_quick_mode(struct rig *r, struct rig_packet *pkt, void *arg)
{
    bool *main_mode = arg;

    (void)r;
    *main_mode = *main_mode || pkt->p[18] == L2S_EXCHANGE_MAIN;
    return !rig_is_quick(pkt);
}

static void a_renewal_whose_ike_sa_is_superseded_goes_on_under_the_next_one(void **state)
{
    struct rig *r = *state;
    bool renewing = false;

    r->end[0].cfg.ike_lifetime_s = r->end[1].cfg.ike_lifetime_s = 300;
    rig_up(r);
    rig_run(r, L2S_SECOND);
    r->tap = no_quick_mode;
    r->tap_arg = &renewing;
    while (!renewing && r->sys.sys.now < HOUR)
        rig_run(r, L2S_MS);
    l2s_ike_rekey(r->end[0].e, r->end[0].channel, r->end[0].child[0].id);
    (void)rig_watch(r, 8 * L2S_SECOND); /* more than a superseded IKE SA lives, less than repetitions go on */
    r->tap = NULL;
    (void)rig_watch(r, 60 * L2S_SECOND);
    assert_int_equal(r->end[0].children_up, 2);
    rig_assert_joined(r);
    rig_assert_quiet(r);
}

/* Both lifetimes alike: they are renewed at the same time again and again. */
static void phase_1_may_be_renewed_while_a_pair_is(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned i = 0; i < (FEW ? 12u : 60u); i++) {
        rig_begin(&r);
        r.chance = i + 1;
        r.nat = i % 2;
        for (unsigned j = 0; j < 2; j++) {
            r.end[j].cfg.retries = 20;
            r.end[j].cfg.esp_lifetime_s = r.end[j].cfg.ike_lifetime_s = 300;
        }
        rig_up(&r);
        r.loss = 300;
        r.again = 300;
        r.jitter = 1500 * L2S_MS;
        assert_in_range(rig_watch(&r, (FEW ? 6 : 24) * HOUR), 2, 4);
        assert_int_equal(r.end[0].channels_down + r.end[1].channels_down, 0);
        rig_fini(&r);
    }
}

static void a_renewal_whose_ike_sa_the_peer_deletes_goes_on_under_a_new_one(void **state)
{
    struct rig *r = *state;
    bool main_mode = false;

    rig_up(r);
    rig_run(r, L2S_SECOND);
    r->tap = no_quick_mode;
    r->tap_arg = &main_mode;
    l2s_ike_rekey(r->end[0].e, r->end[0].channel, r->end[0].child[0].id);
    (void)rig_watch(r, 500 * L2S_MS);
    struct l2s_v1_peer *p = rig_peer(&r->end[1]);
    l2s_v1_enter(r->end[1].e);
    l2s_v1_sa_delete(l2s_v1_peer_sa(p));
    l2s_v1_leave(r->end[1].e);
    (void)rig_watch(r, 500 * L2S_MS);
    r->tap = NULL;
    assert_int_equal(l2s_ike_stats(r->end[1].e)->established, 0);
    (void)rig_watch(r, 60 * L2S_SECOND);
    assert_int_equal(r->end[0].children_up, 2);
    rig_assert_joined(r);
    rig_assert_quiet(r);
}

static void a_renewal_that_is_refused_is_tried_until_the_pair_ends(void **state)
{
    struct rig *r = *state;
    unsigned tries;

    for (unsigned i = 0; i < 2; i++)
        r->end[i].cfg.esp_lifetime_s = 600;
    rig_up(r);
    rig_allow(&r->end[1], "aes256gcm16");
    (void)rig_watch(r, 590 * L2S_SECOND);
    tries = (unsigned)l2s_ike_stats(r->end[1].e)->refused;
    assert_in_range(tries, 2, 20);
    assert_int_equal(r->end[0].n, 1);
    rig_run(r, 20 * L2S_SECOND);
    assert_int_equal(r->end[0].children_up, 1);
    assert_int_equal(r->end[0].channels_down, 1);
    assert_int_equal(r->end[0].why.cause, L2TPSEC_CAUSE_PHASE2_PROPOSAL); /* what it died of, not: expired */
    assert_string_equal(r->end[0].why.allowed, "aes128-sha256");
    rig_run(r, 60 * L2S_SECOND);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(r->end[i].channels_down, 1);
        assert_int_equal(r->end[i].n, 0);
        assert_int_equal(r->end[i].spis, 0);
        assert_int_equal(l2s_ike_stats(r->end[i].e)->established, 0);
    }
}

static void carry_traffic(struct rig *r, uint64_t seconds)
{
    for (uint64_t s = 0; s < seconds; s++) {
        for (unsigned i = 0; i < 2; i++) {
            l2s_ike_traffic(r->end[i].e, r->end[i].channel, true);
            l2s_ike_traffic(r->end[i].e, r->end[i].channel, false);
        }
        rig_run(r, L2S_SECOND);
        assert_int_not_equal(rig_common(r), 0);
    }
}

/* The client's main mode does not get through for fifteen seconds, the server's never. */
static bool no_main_mode_yet(struct rig *r, struct rig_packet *pkt, void *arg)
{
    uint64_t *first = arg;

    if (pkt->p[18] != L2S_EXCHANGE_MAIN)
        return true;
    if (!*first)
        *first = r->sys.sys.now;
    return r->sys.sys.now > *first + 15 * L2S_SECOND && (pkt->from == 0 || !l2s_cookie_zero(pkt->p + L2S_COOKIE));
}

static void a_renewal_of_phase_1_that_failed_is_tried_again_in_time(void **state)
{
    struct rig *r = *state;
    uint64_t first = 0;

    r->end[0].cfg.ike_lifetime_s = r->end[1].cfg.ike_lifetime_s = 600;
    rig_up(r);
    const struct l2s_v1_sa *old = l2s_v1_peer_sa(rig_peer(&r->end[0]));
    uint64_t id = old->id, end = old->hard_due;
    r->tap = no_main_mode_yet;
    r->tap_arg = &first;
    carry_traffic(r, (end - r->sys.sys.now) / L2S_SECOND - 1);
    assert_true(first > 0);
    assert_true(l2s_v1_peer_sa(rig_peer(&r->end[0]))->id != id);
    rig_assert_quiet(r);
}

static bool server_dials_not(struct rig *r, struct rig_packet *pkt, void *arg)
{
    static const uint8_t nothing[L2S_COOKIE];

    (void)r, (void)arg;
    return !(pkt->from == 1 && pkt->p[18] == L2S_EXCHANGE_MAIN && memcmp(pkt->p + 8, nothing, L2S_COOKIE) == 0);
}

/* Its DELETE was lost, or it drops phase 1 when it likes; the pair lives. */
static void a_server_that_forgot_the_ike_sa_gets_a_new_one(void **state)
{
    struct rig *r = *state;

    rig_up(r);
    rig_run(r, L2S_SECOND);
    r->tap = server_dials_not;
    struct l2s_v1_peer *p = rig_peer(&r->end[1]);
    l2s_v1_enter(r->end[1].e);
    l2s_v1_sa_end(l2s_v1_peer_sa(p));
    l2s_v1_leave(r->end[1].e);
    carry_traffic(r, LIFE);
    assert_int_equal(r->end[0].children_up, 2);
    rig_assert_joined(r);
    rig_assert_quiet(r);
    assert_int_equal(l2s_ike_stats(r->end[0].e)->established, 1);
}

static bool server_renews_not(struct rig *r, struct rig_packet *pkt, void *arg)
{
    unsigned *asked = arg;

    (void)r;
    *asked += pkt->from == 1 && rig_is_quick(pkt);
    return !(pkt->from == 1 && rig_is_quick(pkt));
}

/* Android: it offers eight hours, and answers nobody who would have them shorter. */
static void a_client_that_answers_no_renewals_keeps_its_pair_as_long_as_it_offered(void **state)
{
    struct rig *r = *state;
    unsigned asked = 0;

    r->end[0].cfg.esp_lifetime_s = 8 * LIFE;
    rig_listen(r);
    assert_int_equal(rig_connect(r), L2TPSEC_OK);
    rig_run(r, L2S_SECOND);
    assert_int_equal(r->end[0].child[0].lifetime_s, 8 * LIFE);
    assert_int_equal(r->end[1].child[0].lifetime_s, LIFE);
    r->tap = server_renews_not;
    r->tap_arg = &asked;
    carry_traffic(r, 6 * LIFE);
    rig_assert_quiet(r);
    assert_int_equal(r->end[1].children_up, 1);
    assert_in_range(asked, 6, 6 * 5 * LIFE / 300); /* it asks now and then, not all the time */
    r->tap = NULL;
    carry_traffic(r, 2 * LIFE); /* the client renews in its own time, or the server gets its answer */
    rig_assert_quiet(r);
    assert_in_range(r->end[0].children_up, 2, 4);
}

/* ---- the server renews ------------------------------------------------------------------------------------------------ */

/* Its own words for both ends are the only ones it knows: a port that is not 1701 (Apple), or any (Android). */
static void a_server_renews_by_the_ids_that_its_client_used(void **state)
{
    static const uint16_t ports[] = {50123, 0, 1701};

    (void)state;
    for (unsigned i = 0; i < 2 * L2S_COUNT_OF(ports); i++) {
        struct rig r;
        rig_begin(&r);
        r.nat = i % 2;
        r.end[0].cfg.local_port = ports[i / 2];
        rig_up(&r);
        for (unsigned j = 0; j < 3; j++) {
            l2s_ike_rekey(r.end[1].e, r.end[1].channel, rig_newest(&r.end[1])->id);
            (void)rig_watch(&r, 40 * L2S_SECOND);
            assert_int_equal(r.end[0].children_up, j + 2);
            assert_int_equal(rig_newest(&r.end[1])->remote_port, ports[i / 2]);
            assert_int_equal(rig_newest(&r.end[1])->local_port, 1701);
            assert_int_equal(rig_newest(&r.end[0])->local_port, ports[i / 2]);
            assert_int_equal(rig_newest(&r.end[0])->remote_port, 1701);
        }
        rig_assert_joined(&r);
        rig_assert_quiet(&r);
        rig_fini(&r);
    }
}

/* ---- a day on a bad line ---------------------------------------------------------------------------------------------- */

static void a_day_on_a_bad_line_ends_as_it_began(void **state)
{
    struct rig r;

    (void)state;
    for (unsigned i = 0; i < (FEW ? 6u : 20u); i++) {
        rig_begin(&r);
        r.chance = i + 1;
        r.nat = i % 2;
        for (unsigned j = 0; j < 2; j++)
            r.end[j].cfg.retries = 20;
        rig_up(&r);
        r.loss = 300;
        r.again = 300;
        r.jitter = 1500 * L2S_MS;                        /* more than the first wait: repetitions overtake */
        assert_in_range(rig_watch(&r, 24 * HOUR), 2, 3); /* the old one may have to wait for a word that is lost */
        rig_assert_quiet(&r);
        for (unsigned j = 0; j < 2; j++) {
            assert_in_range(r.end[j].n, 1, 2);
            assert_true(r.end[j].children_up >= 24);
            assert_true(r.end[j].keylogs >= 3);
            assert_in_range(l2s_ike_stats(r.end[j].e)->established, 1, 2);
        }
        rig_fini(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_CHEAP_RIG(a_pair_is_renewed_before_its_time_and_the_new_one_is_up_before_the_old_one_goes),
        WITH_CHEAP_RIG(if_who_began_does_not_renew_the_other_one_does),
        WITH_CHEAP_RIG(who_began_obeys_the_life_that_the_other_one_says),
        cmocka_unit_test(a_life_may_be_said_by_the_numbers_of_either_phase),
        WITH_CHEAP_RIG(a_pair_whose_bytes_run_out_is_renewed_once),
        WITH_CHEAP_RIG(a_renewal_keeps_the_kilobytes_that_the_peer_offered),
        cmocka_unit_test(both_may_renew_at_the_same_instant),
        WITH_CHEAP_RIG(renewing_phase_1_does_not_touch_the_pairs),
        WITH_CHEAP_RIG(a_pair_outlives_its_ike_sa_and_is_renewed_under_a_new_one),
        WITH_CHEAP_RIG(who_renews_without_end_is_kept_within_bounds),
        WITH_CHEAP_RIG(a_renewal_whose_ike_sa_is_superseded_goes_on_under_the_next_one),
        WITH_CHEAP_RIG(a_renewal_of_phase_1_that_failed_is_tried_again_in_time),
        cmocka_unit_test(phase_1_may_be_renewed_while_a_pair_is),
        WITH_CHEAP_RIG(a_renewal_whose_ike_sa_the_peer_deletes_goes_on_under_a_new_one),
        WITH_CHEAP_RIG(a_renewal_that_is_refused_is_tried_until_the_pair_ends),
        WITH_CHEAP_RIG(a_server_that_forgot_the_ike_sa_gets_a_new_one),
        WITH_CHEAP_RIG(a_client_that_answers_no_renewals_keeps_its_pair_as_long_as_it_offered),
        cmocka_unit_test(a_server_renews_by_the_ids_that_its_client_used),
        cmocka_unit_test(a_day_on_a_bad_line_ends_as_it_began),
    };

    return cmocka_run_group_tests_name("IKEv1 renewal", tests, NULL, NULL);
}
