/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-or-later */
#include "rig.h"

#include "base/errors.h"
#include "esp/replay.h"

#include <string.h>

static void every_suite_carries_every_size(void **state)
{
    (void)state;
    for (unsigned s = 0; s < rig_n_suites; s++) {
        struct rig t = {0};
        rig_set_up(&t, &rig_suites[s], 1024);
        for (size_t n = 0; n < 1500; n += n < 70 ? 1 : 97) {
            struct rig_packet k;
            struct l2s_esp_rx rx;
            rig_seal(&t, &k, n, 1701, 1701);
            assert_int_equal(k.len, l2s_esp_sealed_len(&rig_suites[s], 8 + n));
            assert_int_equal(rig_open(&t, &k, k.len, &rx), 0);
            assert_ptr_equal(rx.sa, t.b);
            assert_ptr_equal(rx.owner, &t.b);
            assert_int_equal(rx.len, n);
            assert_int_equal(rx.dst_port, 1701);
            assert_true(rx.newest);
            for (size_t i = 0; i < n; i++)
                assert_int_equal(rx.p[i], (uint8_t)(i * 7));
        }
        fake_rd_free();
        rig_tear_down(&t);
    }
}

/* ---- HMAC-SHA-256 cut at 96 bits -------------------------------------------------------------------------------- */

static const struct l2s_esp_suite cuttable[] = {
    {L2S_ESP_AES_CBC, L2S_ESP_HMAC_SHA256_128, 32},
#if L2S_WITH_LEGACY_3DES
    {L2S_ESP_DES3_CBC, L2S_ESP_HMAC_SHA256_128, 24},
#endif
};

static void setup_cut(struct rig *t, const struct l2s_esp_suite *suite, enum l2s_esp_cut a, enum l2s_esp_cut b)
{
    t->cut_a = a;
    t->cut_b = b;
    rig_set_up_ports(t, suite, 1024, 0, 0);
}

static void turn_round(struct rig *t)
{
    struct l2s_esp_sa *a = t->a;

    t->a = t->b;
    t->b = a;
}

static uint32_t carried(struct rig *t, size_t n, bool turned)
{
    struct rig_packet k;
    struct l2s_esp_rx rx;

    if (turned)
        turn_round(t);
    rig_seal(t, &k, n, 1701, 1701);
    if (turned)
        turn_round(t);
    (void)rig_open(t, &k, k.len, &rx);
    fake_rd_free();
    return rx.reason;
}

static void an_icv_of_96_bits_is_learnt_from_the_first_packet_and_answered(void **state)
{
    (void)state;
    for (unsigned s = 0; s < L2S_COUNT_OF(cuttable); s++) {
        for (size_t n = 0; n < 40; n++) {
            struct rig t = {0};
            setup_cut(&t, &cuttable[s], L2S_ESP_CUT_ALWAYS, L2S_ESP_CUT_LEARN);
            assert_int_equal(carried(&t, n, true), L2TPSEC_DROP_MALFORMED); /* nothing learnt yet */
            assert_int_equal(carried(&t, n, false), 0);
            assert_true(l2s_esp_is_cut(t.b));
            for (size_t m = 0; m < 20; m++) {
                assert_int_equal(carried(&t, m, false), 0);
                assert_int_equal(carried(&t, m, true), 0);
            }
            rig_tear_down(&t);
        }
    }
}

static void a_whole_icv_settles_that_none_is_cut(void **state)
{
    static const enum l2s_esp_cut begun[] = {L2S_ESP_CUT_LEARN, L2S_ESP_CUT_FOUND};

    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(begun); i++) {
        struct rig t = {0};
        struct rig_packet k;
        struct l2s_esp_rx rx;
        setup_cut(&t, &cuttable[0], L2S_ESP_CUT_NEVER, begun[i]);
        assert_int_equal(l2s_esp_is_cut(t.b), begun[i] == L2S_ESP_CUT_FOUND);
        assert_int_equal(carried(&t, 30, false), 0);
        assert_false(l2s_esp_is_cut(t.b));
        assert_int_equal(carried(&t, 30, true), 0);
        rig_seal(&t, &k, 30, 1701, 1701);
        assert_int_equal(rig_open(&t, &k, k.len - 4, &rx), L2TPSEC_DROP_MALFORMED); /* cut by somebody on the way */
        assert_int_equal(rig_open(&t, &k, k.len, &rx), 0);
        fake_rd_free();
        rig_tear_down(&t);
    }
}

/* A client speaks first, and whoever cuts elsewhere does not answer. */
static void who_gets_no_answer_may_cut_elsewhere_until_it_is_settled(void **state)
{
    static const enum l2s_esp_cut theirs[] = {L2S_ESP_CUT_ALWAYS, L2S_ESP_CUT_NEVER};

    (void)state;
    for (unsigned i = 0; i < L2S_COUNT_OF(theirs); i++) {
        struct rig t = {0};
        setup_cut(&t, &cuttable[0], theirs[i], L2S_ESP_CUT_LEARN);
        assert_true(l2s_esp_cut_elsewhere(t.b));
        assert_true(l2s_esp_is_cut(t.b));
        assert_int_equal(carried(&t, 30, true), theirs[i] == L2S_ESP_CUT_ALWAYS ? 0 : L2TPSEC_DROP_MALFORMED);
        assert_int_equal(carried(&t, 30, false), 0); /* whichever it is: this settles it */
        assert_int_equal(l2s_esp_is_cut(t.b), theirs[i] == L2S_ESP_CUT_ALWAYS);
        assert_int_equal(carried(&t, 30, true), 0);
        if (theirs[i] == L2S_ESP_CUT_NEVER)
            assert_false(l2s_esp_cut_elsewhere(t.b));
        assert_false(l2s_esp_cut_elsewhere(t.a)); /* nor where it is said */
        rig_tear_down(&t);
    }
}

static void a_packet_shortened_on_its_way_harms_until_the_next_one_only(void **state)
{
    struct rig t = {0};
    struct rig_packet k;
    struct l2s_esp_rx rx;

    (void)state;
    setup_cut(&t, &cuttable[0], L2S_ESP_CUT_NEVER, L2S_ESP_CUT_LEARN);
    rig_seal(&t, &k, 30, 1701, 1701);
    assert_int_equal(rig_open(&t, &k, k.len - 4, &rx), 0);
    assert_true(l2s_esp_is_cut(t.b));
    assert_int_equal(carried(&t, 31, false), 0);
    assert_false(l2s_esp_is_cut(t.b));
    assert_int_equal(carried(&t, 32, true), 0);
    fake_rd_free();
    rig_tear_down(&t);
}

static void a_forger_teaches_nothing(void **state)
{
    struct rig t = {0};
    struct rig_packet k;
    struct l2s_esp_rx rx;

    (void)state;
    setup_cut(&t, &cuttable[0], L2S_ESP_CUT_ALWAYS, L2S_ESP_CUT_LEARN);
    rig_seal(&t, &k, 30, 1701, 1701);
    for (size_t bit = 64; bit < k.len * 8; bit++) { /* the number may be wrong, but is not forged */
        k.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(rig_open(&t, &k, k.len, &rx), L2TPSEC_DROP_FORGED);
        assert_false(l2s_esp_is_cut(t.b));
        k.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(rig_open(&t, &k, k.len, &rx), 0);
    assert_int_equal(rig_open(&t, &k, k.len, &rx), L2TPSEC_DROP_REPLAYED);
    assert_true(l2s_esp_is_cut(t.b));
    fake_rd_free();
    rig_tear_down(&t);
}

static void a_pair_that_follows_a_cut_one_begins_cut(void **state)
{
    struct rig t = {0};

    (void)state;
    setup_cut(&t, &cuttable[0], L2S_ESP_CUT_ALWAYS, L2S_ESP_CUT_FOUND);
    assert_int_equal(carried(&t, 30, true), 0); /* before it has heard a word */
    assert_int_equal(carried(&t, 30, false), 0);
    rig_tear_down(&t);
}

static void both_lengths_in_one_burst_end_with_the_whole_one(void **state)
{
    struct rig t = {0};
    struct rig_packet k[4];
    struct l2s_esp_rx rx[4];

    (void)state;
    setup_cut(&t, &cuttable[0], L2S_ESP_CUT_NEVER, L2S_ESP_CUT_LEARN);
    for (unsigned i = 0; i < 4; i++) {
        rig_seal(&t, &k[i], 30, 1701, 1701);
        rx[i] = (struct l2s_esp_rx){.p = k[i].p, .len = i % 2 ? k[i].len : k[i].len - 4};
    }
    l2s_esp_open(t.esp, rx, 4);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(rx[i].reason, 0);
    assert_false(l2s_esp_is_cut(t.b));
    assert_int_equal(carried(&t, 30, true), 0);
    rig_tear_down(&t);
}

static void only_hmac_sha256_is_ever_cut(void **state)
{
    (void)state;
    for (unsigned s = 0; s < rig_n_suites; s++) {
        struct rig t = {0};
        if (rig_suites[s].auth == L2S_ESP_HMAC_SHA256_128 || rig_suites[s].auth == L2S_ESP_HMAC_SHA256_96)
            continue;
        setup_cut(&t, &rig_suites[s], L2S_ESP_CUT_ALWAYS, L2S_ESP_CUT_NEVER);
        assert_int_equal(carried(&t, 30, false), 0);
        assert_int_equal(carried(&t, 30, true), 0);
        rig_tear_down(&t);
    }
}

static void the_largest_inner_size_is_the_inverse_of_the_sealed_length(void **state)
{
    (void)state;
    for (unsigned s = 0; s < rig_n_suites; s++) {
        for (size_t room = 100; room < 1600; room++) {
            size_t n = l2s_esp_room_for(&rig_suites[s], room);
            assert_true(l2s_esp_sealed_len(&rig_suites[s], n) <= room);
            assert_true(l2s_esp_sealed_len(&rig_suites[s], n + 1) > room);
        }
    }
}

static void every_truncation_and_every_flipped_bit_is_refused(void **state)
{
    (void)state;
    for (unsigned s = 0; s < rig_n_suites; s++) {
        struct rig t = {0};
        struct rig_packet k;
        struct l2s_esp_rx rx;
        rig_set_up(&t, &rig_suites[s], 64);
        rig_seal(&t, &k, 40, 1701, 1701);
        for (size_t n = 0; n < k.len; n++)
            assert_int_not_equal(rig_open(&t, &k, n, &rx), 0);
        for (size_t bit = 0; bit < 8 * k.len; bit++) {
            k.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            assert_int_not_equal(rig_open(&t, &k, k.len, &rx), 0);
            k.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        }
        assert_true(l2s_esp_stats(t.b)->forged > 0);
        assert_int_equal(l2s_esp_stats(t.b)->packets_in, 0);
        assert_int_equal(rig_open(&t, &k, k.len, &rx), 0); /* and the window did not move */
        fake_rd_free();
        rig_tear_down(&t);
    }
}

static void a_packet_is_taken_once_even_within_a_burst(void **state)
{
    struct rig t = {0};
    struct rig_packet k, twin;
    (void)state;

    rig_set_up(&t, &rig_suites[0], 64);
    rig_seal(&t, &k, 10, 1701, 1701);
    twin = k;
    twin.p = twin.room + (k.p - k.room);
    struct l2s_esp_rx rx[2] = {{.p = k.p, .len = k.len}, {.p = twin.p, .len = twin.len}};
    l2s_esp_open(t.esp, rx, 2);
    assert_int_equal(rx[0].reason, 0);
    assert_int_equal(rx[1].reason, L2TPSEC_DROP_REPLAYED);
    assert_int_equal(l2s_esp_stats(t.b)->replayed, 1);
    rig_tear_down(&t);
}

static void the_window_accepts_each_number_within_it_once(void **state)
{
    static const uint32_t sizes[] = {64, 1024, 32768};
    static uint64_t ring[1024];
    (void)state;

    for (unsigned i = 0; i < 3; i++) {
        memset(ring, 0, sizeof ring);
        struct l2s_replay w = {.ring = ring, .size = sizes[i], .mask = l2s_replay_words(sizes[i]) - 1};
        assert_false(l2s_replay_fresh(&w, 0));
        assert_true(l2s_replay_fresh(&w, 1));
        assert_true(l2s_replay_accept(&w, 1));
        assert_false(l2s_replay_fresh(&w, 1));
        uint32_t top = 5 * sizes[i] + 17;
        assert_true(l2s_replay_accept(&w, top));
        assert_false(l2s_replay_fresh(&w, top));
        assert_false(l2s_replay_fresh(&w, top - sizes[i]));
        assert_true(l2s_replay_fresh(&w, top - sizes[i] + 1));
        for (uint32_t seq = top - 1; seq > top - sizes[i]; seq--) {
            assert_true(l2s_replay_fresh(&w, seq));
            assert_false(l2s_replay_accept(&w, seq));
            assert_false(l2s_replay_fresh(&w, seq));
        }
        assert_true(l2s_replay_accept(&w, top + 1));
        assert_false(l2s_replay_fresh(&w, top - 5));
        assert_true(l2s_replay_accept(&w, UINT32_MAX));
        assert_false(l2s_replay_fresh(&w, UINT32_MAX));
        assert_true(l2s_replay_fresh(&w, UINT32_MAX - 1));
    }
}

/* The same answer as the plain definition gives, for random walks with jumps. */
static void the_window_agrees_with_a_list_of_everything_seen(void **state)
{
    static uint8_t seen[20000];
    static uint64_t ring[4];
    struct fake_sys f;
    (void)state;

    fake_sys_init(&f);
    memset(ring, 0, sizeof ring);
    memset(seen, 0, sizeof seen);
    struct l2s_replay w = {.ring = ring, .size = 128, .mask = 3};
    uint32_t top = 0;
    for (unsigned i = 0; i < 50000; i++) {
        uint16_t r;
        assert_int_equal(l2s_random(&f.sys, &r, sizeof r), 0);
        uint32_t low = top > 150 ? top - 150 : 0, seq = low + r % 160;
        if (seq >= sizeof seen)
            break;
        bool fresh = seq && !seen[seq] && (seq > top || top - seq < 128);
        assert_int_equal(l2s_replay_fresh(&w, seq), fresh);
        if (fresh) {
            (void)l2s_replay_accept(&w, seq);
            seen[seq] = 1;
            top = seq > top ? seq : top;
        }
    }
    assert_true(top > 1000);
    fake_sys_fini(&f);
}

static void the_last_sequence_number_ends_the_sa(void **state)
{
    struct rig t = {0};
    struct rig_packet k;
    struct l2s_esp_rx rx;
    (void)state;

    rig_set_up(&t, &rig_suites[4], 64);
    t.a->sequence = UINT32_MAX - 1;
    rig_seal(&t, &k, 10, 1701, 1701);
    assert_int_equal(rig_open(&t, &k, k.len, &rx), 0);
    assert_int_equal(t.a->sequence, UINT32_MAX);
    struct l2s_esp_tx tx = {.sa = t.a, .p = k.room + 64, .len = 18};
    l2s_esp_seal(t.esp, &tx, 1);
    assert_int_equal(tx.reason, L2TPSEC_DROP_SEQUENCE);
    fake_rd_free();
    rig_tear_down(&t);
}

static void ports_outside_the_selectors_are_refused(void **state)
{
    struct rig t = {0};
    struct rig_packet k;
    struct l2s_esp_rx rx;
    (void)state;

    rig_set_up(&t, &rig_suites[0], 64);
    rig_seal(&t, &k, 10, 1701, 1702);
    assert_int_equal(rig_open(&t, &k, k.len, &rx), L2TPSEC_DROP_SELECTOR);
    rig_seal(&t, &k, 10, 50000, 1701); /* the peer may use any port */
    assert_int_equal(rig_open(&t, &k, k.len, &rx), 0);
    assert_int_equal(rx.src_port, 50000);
    assert_int_equal(l2s_esp_stats(t.b)->refused, 1);
    rig_tear_down(&t);
    rig_set_up_ports(&t, &rig_suites[0], 64, 1701, 1701);
    rig_seal(&t, &k, 10, 50000, 1701);
    assert_int_equal(rig_open(&t, &k, k.len, &rx), L2TPSEC_DROP_SELECTOR);
    fake_rd_free();
    rig_tear_down(&t);
}

static void a_burst_over_many_sas_gives_what_single_packets_give(void **state)
{
    enum { N = 150 };
    static struct rig_packet k[N];
    struct l2s_esp_rx rx[N + 1];
    struct rig t = {0};
    (void)state;

    rig_set_up(&t, &rig_suites[1], 1024);
    for (unsigned i = 0; i < N; i++) {
        rig_seal(&t, &k[i], 10 + i, 1701, 1701);
        rx[i] = (struct l2s_esp_rx){.p = k[i].p, .len = k[i].len};
    }
    uint8_t stray[60] = {0, 0, 0x77, 0x77};
    rx[N] = (struct l2s_esp_rx){.p = stray, .len = sizeof stray};
    k[70].p[20] ^= 1;
    l2s_esp_open(t.esp, rx, N + 1);
    for (unsigned i = 0; i < N; i++) {
        assert_int_equal(rx[i].reason, i == 70 ? L2TPSEC_DROP_FORGED : 0);
        if (i != 70)
            assert_int_equal(rx[i].len, 10 + i);
    }
    assert_int_equal(rx[N].reason, L2TPSEC_DROP_UNKNOWN_SPI);
    assert_null(rx[N].sa);
    rig_tear_down(&t);
}

static void reserved_spis_are_unused_and_come_back(void **state)
{
    struct rig t = {0};
    (void)state;

    rig_set_up(&t, &rig_suites[0], 64);
    uint32_t a = l2s_esp_spi_reserve(t.esp), b = l2s_esp_spi_reserve(t.esp);
    assert_true(a > 255 && b > 255 && a != b);
    l2s_esp_spi_release(t.esp, a);
    l2s_esp_spi_release(t.esp, a);
    l2s_esp_spi_release(t.esp, 12345);
    t.f.fail_random_at = 1;
    assert_int_equal(l2s_esp_spi_reserve(t.esp), 0);
    t.f.fail_alloc_at = 1;
    assert_int_equal(l2s_esp_spi_reserve(t.esp), 0);
    rig_tear_down(&t); /* b goes with the table */
}

static void a_failing_allocation_adds_no_sa(void **state)
{
    static const uint8_t key[64] = {1};
    (void)state;

    for (uint64_t n = 1; n < 24; n++) {
        struct rig t = {0};
        struct l2s_esp_sa *sa = NULL;
        struct l2s_esp_params p = {.spi_in = 0x5000,
                                   .spi_out = 0x6000,
                                   .suite = cuttable[0],
                                   .cut = L2S_ESP_CUT_LEARN,
                                   .enc_in = key,
                                   .auth_in = key,
                                   .enc_out = key,
                                   .auth_out = key,
                                   .replay_window = 64};
        rig_set_up(&t, &rig_suites[0], 64);
        t.f.fail_alloc_at = n;
        int rc = l2s_esp_add(t.esp, &p, &sa);
        t.f.fail_alloc_at = 0;
        assert_true(rc == L2TPSEC_OK ? l2s_esp_find(t.esp, 0x5000) == sa : !l2s_esp_find(t.esp, 0x5000));
        if (n == 1)
            assert_int_equal(rc, L2TPSEC_ENOMEM);
        assert_int_equal(l2s_esp_add(t.esp, &p, &sa), rc == L2TPSEC_OK ? L2TPSEC_EEXIST : L2TPSEC_OK);
        p.replay_window = 65;
        assert_int_equal(l2s_esp_add(t.esp, &p, &sa), L2TPSEC_EINVAL);
        rig_tear_down(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_suite_carries_every_size),
        cmocka_unit_test(an_icv_of_96_bits_is_learnt_from_the_first_packet_and_answered),
        cmocka_unit_test(a_whole_icv_settles_that_none_is_cut),
        cmocka_unit_test(who_gets_no_answer_may_cut_elsewhere_until_it_is_settled),
        cmocka_unit_test(a_packet_shortened_on_its_way_harms_until_the_next_one_only),
        cmocka_unit_test(a_forger_teaches_nothing),
        cmocka_unit_test(a_pair_that_follows_a_cut_one_begins_cut),
        cmocka_unit_test(both_lengths_in_one_burst_end_with_the_whole_one),
        cmocka_unit_test(only_hmac_sha256_is_ever_cut),
        cmocka_unit_test(the_largest_inner_size_is_the_inverse_of_the_sealed_length),
        cmocka_unit_test(every_truncation_and_every_flipped_bit_is_refused),
        cmocka_unit_test(a_packet_is_taken_once_even_within_a_burst),
        cmocka_unit_test(the_window_accepts_each_number_within_it_once),
        cmocka_unit_test(the_window_agrees_with_a_list_of_everything_seen),
        cmocka_unit_test(the_last_sequence_number_ends_the_sa),
        cmocka_unit_test(ports_outside_the_selectors_are_refused),
        cmocka_unit_test(a_burst_over_many_sas_gives_what_single_packets_give),
        cmocka_unit_test(reserved_spis_are_unused_and_come_back),
        cmocka_unit_test(a_failing_allocation_adds_no_sa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
